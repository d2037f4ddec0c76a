//! Paths in settings that systemd looks for inside the root.

use anyhow::Result;

use super::Seer;
use crate::inspect::Found;
use crate::unit::path_entries;

/// Settings that change what is there: with `+` they mean the root of the service.
const SETTINGS: [&str; 3] = ["InaccessiblePaths", "ReadOnlyPaths", "ReadWritePaths"];

impl Seer<'_> {
    /// Entries with `+` and without `-` of what is not inside: the service ends with 226/NAMESPACE.
    pub(super) fn sandbox_paths(&mut self) -> Result<()> {
        for setting in SETTINGS {
            for entry in path_entries(&self.subject.service.settings, setting) {
                let (word, path) = (&entry.word, &entry.path);
                if !entry.is_of_root || entry.is_optional || path.contains('%') {
                    continue;
                }
                if self.inside().look(path)? != Found::Missing {
                    continue;
                }
                let message = format!("the unit sets {setting}={word}, and {path} is not inside");
                let remedy = self.subject.without(setting, word);
                self.say("sandbox-path-missing", false, path, message, vec![remedy]);
            }
        }
        Ok(())
    }

    /// With `Type=forking`, systemd waits for the file of `PIDFile=`, on the host.
    pub(super) fn pid_file(&mut self) -> Result<()> {
        let settings = &self.subject.service.settings;
        let Some(file) = settings.value("PIDFile").filter(|file| !file.contains('%')) else {
            return Ok(());
        };
        let file = if file.starts_with('/') {
            file.to_owned()
        } else {
            format!("/run/{file}")
        };
        let file = file.replacen("/var/run/", "/run/", 1);
        if settings.value("Type") == Some("forking")
            && self.inside().look(&file)? == Found::Missing
            && self.inside().can_be_made(&file, false)? == Some(false)
        {
            let message =
                format!("systemd waits for PIDFile={file}, which nothing inside can make");
            let remedies = self.file_remedies(&file, true);
            self.say("file-missing", false, &file, message, remedies);
        }
        Ok(())
    }
}
