//! What the systemd of this machine knows about a unit.

use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::service::UnitName;
use crate::systemd::DROP_IN_NAME;
use crate::text::InLines;

/// A unit, as `systemctl show` prints it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unit {
    /// `LoadState=`: `loaded`, `not-found`, `masked` …
    pub load: String,
    /// `ActiveState=`: `active`, `inactive`, `failed` …
    pub active: String,
    /// The drop-in that confines it, if it has one.
    pub confinement: Option<PathBuf>,
    /// The path of its control group below the root of all; empty if it has none.
    pub control_group: String,
}

/// The properties that are asked for.
const PROPERTIES: &str = "--property=LoadState,ActiveState,DropInPaths,ControlGroup";

impl Unit {
    /// Asks systemd.
    pub fn ask(name: &UnitName) -> Result<Self> {
        let mut command = Command::new("systemctl");
        command.env_remove("SYSTEMD_LOG_LEVEL").args([
            "show",
            "--no-pager",
            PROPERTIES,
            "--",
            name.as_str(),
        ]);
        let output = command.output().map_err(|error| match error.kind() {
            ErrorKind::NotFound => anyhow::anyhow!(
                "systemctl is not on PATH: observe services on the machine whose systemd runs them"
            ),
            _ => anyhow::Error::new(error).context("cannot start systemctl"),
        })?;
        if !output.status.success() {
            bail!(InLines(format!(
                "cannot ask systemd for {name}: systemctl failed ({}):\n{}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim_end()
            )));
        }
        let text = String::from_utf8(output.stdout).context("systemctl printed no text")?;
        Ok(Self::read(&text))
    }

    fn read(text: &str) -> Self {
        let mut unit = Self::default();
        for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
            match key {
                "LoadState" => value.clone_into(&mut unit.load),
                "ActiveState" => value.clone_into(&mut unit.active),
                "ControlGroup" => value.clone_into(&mut unit.control_group),
                "DropInPaths" => {
                    let mut paths = value.split(' ').map(PathBuf::from);
                    unit.confinement = paths.find(|path| path.ends_with(DROP_IN_NAME));
                }
                _ => {}
            }
        }
        unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_read() {
        let unit = Unit::read(
            "LoadState=loaded\nActiveState=active\nControlGroup=/system.slice/web.service\n\
             DropInPaths=/etc/systemd/system/web.service.d/a.conf /etc/systemd/system/web.service.d/zz-confinement.conf\n",
        );
        let expected = Unit {
            load: "loaded".to_owned(),
            active: "active".to_owned(),
            confinement: Some("/etc/systemd/system/web.service.d/zz-confinement.conf".into()),
            control_group: "/system.slice/web.service".to_owned(),
        };
        assert_eq!(unit, expected);
        let unit =
            Unit::read("LoadState=not-found\nActiveState=inactive\nDropInPaths=\nControlGroup=\n");
        assert_eq!(unit.confinement, None);
        assert_eq!(Unit::read("nonsense"), Unit::default());
    }
}
