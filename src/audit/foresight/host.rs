//! Files and directories of the host that the service does not see.

use anyhow::Result;

use super::Seer;
use crate::inspect::{Command, Found};

/// Where programs of the host write and read, so that a path below it in an argument is most likely a file.
const HOST: [&str; 7] = [
    "/etc/", "/home/", "/run/", "/srv/", "/usr/", "/var/", "/opt/",
];

impl Seer<'_> {
    pub(super) fn host_files(&mut self, place: &str, command: &Command) -> Result<()> {
        for argument in &command.arguments {
            let path = argument.rsplit('=').next().unwrap_or_default();
            let is_file = HOST.iter().any(|dir| path.starts_with(dir))
                && !path.contains(['%', '$', '*', ':', ',', ' ']);
            if is_file && self.inside.look(path)? == Found::Missing {
                let remedy = self.nixos(
                    "to show it",
                    "serviceConfig.BindReadOnlyPaths",
                    &format!("[ \"{path}\" ]"),
                );
                self.say(
                    "host-file-named",
                    true,
                    path,
                    format!("{place} names {path}, which is not inside"),
                    vec![remedy],
                );
            }
        }
        Ok(())
    }

    pub(super) fn working_directory(&mut self) -> Result<()> {
        let Some(value) = self.subject.service.settings.value("WorkingDirectory") else {
            return Ok(());
        };
        if !value.starts_with('/') || value.contains('%') {
            return Ok(());
        }
        let value = value.to_owned();
        let reason = match self.inside.look(&value)? {
            Found::Missing => "which does not exist inside",
            Found::File { .. } => "which is a file",
            Found::Directory | Found::Unknown => return Ok(()),
        };
        let remedy = self.nixos(
            "to show it",
            "serviceConfig.BindPaths",
            &format!("[ {value:?} ]"),
        );
        self.say(
            "working-directory-missing",
            false,
            &value,
            format!("the unit sets WorkingDirectory={value}, {reason}"),
            vec![remedy],
        );
        Ok(())
    }
}
