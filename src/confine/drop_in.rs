//! The drop-in that confines a service.

use std::fmt::Write;

use anyhow::{Result, ensure};

use super::DEPENDENCIES;
use crate::root::Mount;
use crate::service::{Manager, UnitName};
use crate::systemd::DROP_IN_NAME;

/// The path of a service's drop-in in a bundle.
pub fn drop_in_path(name: &UnitName, manager: Manager) -> String {
    format!("{}/{name}.d/{DROP_IN_NAME}", manager.units())
}

/// Fails if systemd would apply the drop-in of a service to other services too: `a-.service.d` applies to every `a-….service`
/// (systemd.unit(5)).
pub fn refuse_shared_drop_in(name: &UnitName) -> Result<()> {
    let prefix = name.stem().split('@').next().unwrap_or_default();
    ensure!(
        !prefix.ends_with('-'),
        "{name} can't be confined: systemd would apply its drop-in to every service whose name begins with {prefix:?}; give it a name that does not end in a dash"
    );
    Ok(())
}

/// Whether a value ends with its line: otherwise systemd would read the next line as part of it, or the value as more than one.
fn is_one_line(value: &str) -> bool {
    let backslashes = value
        .bytes()
        .rev()
        .take_while(|byte| *byte == b'\\')
        .count();
    backslashes % 2 == 0 && !value.contains(|c: char| c.is_control() && c != '\t')
}

/// The text of the drop-in: the dependencies on the views, the settings, and the binds.
pub fn drop_in(
    sees_view: bool,
    settings: &[(&'static str, String)],
    mounts: &[Mount],
) -> Result<String> {
    let mut text =
        String::from("# Written by confinix. Edits are lost when the bundle is made again.\n");
    if sees_view {
        text.push_str(DEPENDENCIES);
        text.push('\n');
    }
    text.push_str("[Service]\n");
    for (setting, value) in settings {
        ensure!(
            is_one_line(value),
            "{setting}={value:?} can't be written in a unit file: it does not end with its line"
        );
        writeln!(text, "{setting}={value}")?;
    }
    for mount in mounts {
        text.push_str(mount.setting());
        text.push('=');
        mount.push_word(&mut text)?;
        text.push('\n');
    }
    Ok(text)
}
