//! The machine that confinix runs on.

mod bus;
mod manager;
mod overlays;
pub mod units;
pub mod user;

use std::path::Path;

use anyhow::{Context, Result};
use rustix::fs::StatVfsMountFlags;

use crate::confine::Kernel;
use crate::root::MountTable;
use crate::store::StoreDir;

/// Returns the version of the running kernel.
pub fn kernel() -> Option<Kernel> {
    rustix::system::uname()
        .release()
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Returns whether the store at `dir` is a read-only mount; `None` if the directory does not exist.
pub fn is_mounted_read_only(dir: &StoreDir) -> Result<Option<bool>> {
    match rustix::fs::statvfs(dir.as_str()) {
        Ok(statistics) => Ok(Some(statistics.f_flag.contains(StatVfsMountFlags::RDONLY))),
        Err(rustix::io::Errno::NOENT) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot access {dir}")),
    }
}

/// Returns whether the store at `dir` is on an overlay over another, according to the mount table; `None` if the directory does not
/// exist.
pub fn is_stacked(dir: &StoreDir) -> Option<bool> {
    let place = Path::new(dir.as_str()).canonicalize().ok()?;
    let table = MountTable::of_this_process()?;
    Some(overlays::is_stacked(&table, &place))
}

/// Returns whether the system manager sets `RestrictFileSystemAccess=`.
pub fn restricts_access() -> bool {
    manager::restricts_access(Path::new("/"))
}
