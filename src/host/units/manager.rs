//! What a manager reports about itself.

use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{run, systemctl, words};
use crate::service::Manager;
use crate::systemd;

/// The directories in which systemd looks for units, the most important first.
pub fn unit_path(manager: Manager) -> Result<Vec<PathBuf>> {
    let path = property(manager, "UnitPath")?;
    Ok(words(&path).into_iter().map(PathBuf::from).collect())
}

/// The version of a manager.
pub fn version(manager: Manager) -> Result<u32> {
    let printed = property(manager, "Version")?;
    let version = systemd::version(&format!("systemd {printed}"));
    version.with_context(|| format!("systemctl show tells the version {printed:?}"))
}

/// A property of a manager itself.
fn property(manager: Manager, name: &str) -> Result<String> {
    let output = run(systemctl(manager, "show").arg(format!("--property={name}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let value = text.trim_end().strip_prefix(name);
    let value = value.and_then(|value| value.strip_prefix('='));
    let value = value.with_context(|| format!("systemctl show does not tell {name}"))?;
    Ok(value.to_owned())
}
