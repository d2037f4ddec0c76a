//! The drop-in that confines a service.

use std::fmt::Write;

use anyhow::{Result, ensure};

use super::ViewUnits;
use crate::root::Mount;
use crate::service::UnitName;
use crate::systemd::DROP_IN_NAME;

/// Where the drop-in of a service stands in a bundle.
pub fn drop_in_path(name: &UnitName) -> String {
    format!("lib/systemd/system/{name}.d/{DROP_IN_NAME}")
}

/// Fails where systemd would apply the drop-in of a service to others too: `a-.service.d` is for every `a-….service`
/// (systemd.unit(5)).
pub fn refuse_shared_drop_in(name: &UnitName) -> Result<()> {
    let prefix = name.stem().split('@').next().unwrap_or_default();
    ensure!(
        !prefix.ends_with('-'),
        "{name} can't be confined: systemd would apply its drop-in to every service whose name begins with {prefix:?}; give it a name that does not end in a dash"
    );
    Ok(())
}

/// Whether a value ends where its line ends: what follows would else be read as part of it, or it as more than a value.
fn is_one_line(value: &str) -> bool {
    let backslashes = value
        .bytes()
        .rev()
        .take_while(|byte| *byte == b'\\')
        .count();
    backslashes % 2 == 0 && !value.contains(|c: char| c.is_control() && c != '\t')
}

/// The text of the drop-in: the view that the host has to mount, the settings, the binds.
pub fn drop_in(
    view: Option<&ViewUnits>,
    settings: &[(&'static str, String)],
    mounts: &[Mount],
) -> Result<String> {
    let mut text =
        String::from("# Written by confinix. Edits are lost when the bundle is made again.\n");
    if let Some(view) = view {
        // After an upgrade, a service that goes on running is reloaded and stopped by its new drop-in: the new view has to be
        // there. The image is named too, or unmounting the view by hand would end it as unneeded, and with it the service.
        writeln!(
            text,
            "[Unit]\nRequiresMountsFor={} {}\nUpholds={}\n",
            view.meta, view.place, view.unit
        )?;
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
