//! Files and directories of the host that the service does not see.

use anyhow::Result;

use super::Seer;
use super::missing::Use;
use crate::code::Code;
use crate::inspect::{Command, Found};

/// Where programs of the host write and read, so that a path below it in an argument is most likely a file.
const HOST: [&str; 9] = [
    "/dev/", "/etc/", "/home/", "/opt/", "/proc/", "/run/", "/srv/", "/usr/", "/var/",
];

/// Above this, in bytes, a file is no configuration that somebody has written.
const MAX_TEXT: usize = 1 << 20;

impl Seer<'_> {
    /// Files of the host that a command line names.
    pub(super) fn host_files(&mut self, place: &str, command: &Command) -> Result<()> {
        for argument in &command.arguments {
            self.host_file(place, argument.rsplit('=').next().unwrap_or_default())?;
        }
        Ok(())
    }

    /// A word that is most likely a file of the host.
    pub(super) fn host_file(&mut self, who: &str, path: &str) -> Result<()> {
        let is_file = HOST.iter().any(|dir| path.starts_with(dir))
            && !path.contains(['%', '$', '*', ':', ',', ' ']);
        if !is_file || self.used.contains(path) || self.inside().look(path)? != Found::Missing {
            return Ok(());
        }
        let message = format!("{who} names {path}, which {}", self.why_missing(path));
        let remedies = self.file_remedies(path, Use::Names);
        self.say(Code::HostFileNamed, true, path, message, remedies);
        Ok(())
    }

    /// Files of the closure that a command line names and that are text: what they name in the store is most likely needed.
    pub(super) fn configurations(&mut self, place: &str, command: &Command) -> Result<()> {
        for argument in &command.arguments {
            let path = argument.rsplit('=').next().unwrap_or_default();
            if self.inside().store_dir().owner(path).is_none() {
                continue;
            }
            let Found::File { file, .. } = self.inside().look(path)? else {
                continue;
            };
            // One that can't be read has been said to be so where it is run.
            let Some(document) = self.inside().open(&file).ok().flatten() else {
                continue;
            };
            let head = document.head(MAX_TEXT).unwrap_or_default();
            let is_text = document.size() <= MAX_TEXT as u64 && !head.contains(&0);
            if let (true, Ok(text)) = (is_text, String::from_utf8(head)) {
                self.store_paths(&format!("{place}: {path}"), &text);
            }
        }
        Ok(())
    }
}
