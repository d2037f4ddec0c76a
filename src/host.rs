//! The machine that confinix runs on.

use anyhow::{Context, Result};
use rustix::fs::StatVfsMountFlags;

use crate::store::StoreDir;
use crate::unit::Kernel;

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
