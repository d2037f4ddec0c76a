//! Files that a command line names and whose use is not known.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::foresight::known::Use;
use crate::foresight::trouble::{Outlook, Trouble};
use crate::root::Found;

/// Where programs of the host write and read, so that a path below it in an argument is most likely a file.
const HOST: [&str; 9] = [
    "/dev/", "/etc/", "/home/", "/opt/", "/proc/", "/run/", "/srv/", "/usr/", "/var/",
];

impl Step<'_> {
    /// Files of the host that the command line names. `used`: those whose use is known.
    pub(super) fn host_files(&self, used: &BTreeSet<String>, seen: &mut Outlook) -> Result<()> {
        for argument in &self.command.arguments {
            let path = argument.rsplit('=').next().unwrap_or_default();
            if !used.contains(path) {
                seen.troubles.extend(self.host_file(self.place, path)?);
            }
        }
        Ok(())
    }

    /// A word that is most likely a file of the host. `who`: who has it as an argument.
    pub(super) fn host_file(&self, who: &str, path: &str) -> Result<Option<Trouble>> {
        let is_file = HOST.iter().any(|dir| path.starts_with(dir))
            && !path.contains(['%', '$', '*', ':', ',', ' ']);
        if !is_file || self.sight.inside.look(path)? != Found::Missing {
            return Ok(None);
        }
        let why = self.sight.why_missing(path);
        let message = format!("{who} names {path}, which {why}");
        let trouble = Trouble::new(Code::HostFileNamed, path, message)
            .uncertain_if(true)
            .fixed_by(self.sight.file_remedies(path, Use::Names));
        Ok(Some(trouble))
    }
}
