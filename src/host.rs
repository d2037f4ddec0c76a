//! The machine that confinix runs on.

mod manager;
mod overlays;

use std::path::Path;

use anyhow::{Context, Result};
use rustix::fs::StatVfsMountFlags;

use crate::confine::Kernel;
use crate::store::StoreDir;

/// Its kernel.
pub fn kernel() -> Option<Kernel> {
    rustix::system::uname()
        .release()
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Whether its store is a read-only mount; `None` where it has no such directory.
pub fn is_mounted_read_only(dir: &StoreDir) -> Result<Option<bool>> {
    match rustix::fs::statvfs(dir.as_str()) {
        Ok(statistics) => Ok(Some(statistics.f_flag.contains(StatVfsMountFlags::RDONLY))),
        Err(rustix::io::Errno::NOENT) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("could not look at {dir}")),
    }
}

/// Whether its store is on an overlay over another, as far as the table of mounts tells; `None` where there is no such directory.
pub fn is_stacked(dir: &StoreDir) -> Option<bool> {
    let place = Path::new(dir.as_str()).canonicalize().ok()?;
    let mountinfo = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    Some(overlays::is_stacked(&mountinfo, &place))
}

/// Whether its systemd has `RestrictFileSystemAccess=`.
pub fn restricts_access() -> bool {
    manager::restricts_access(Path::new("/"))
}
