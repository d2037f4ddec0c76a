//! Paths in settings that systemd looks for inside the root.

use anyhow::Result;

use super::Seer;
use super::missing::Use;
use crate::code::Code;
use crate::inspect::Found;
use crate::systemd::path_entries;

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
                let remedies = self.subject.without(setting, word).into_iter().collect();
                self.say(Code::SandboxPathMissing, false, path, message, remedies);
            }
        }
        Ok(())
    }

    /// `PrivateBPF=` (from systemd 258 on) mounts a file system in /sys: the service ends with 226/NAMESPACE where there is none.
    pub(super) fn bpf(&mut self) -> Result<()> {
        let is_on = matches!(self.settings.boolean("PrivateBPF"), Ok(Some(true)));
        if !is_on || self.insides[0].look("/sys/fs/bpf")? != Found::Missing {
            return Ok(());
        }
        let mounted = self.subject.switch("MountAPIVFS", true);
        let remedies = self.fix("to have /sys", "MountAPIVFS", &[mounted]);
        let message = "the unit sets PrivateBPF=yes, for which systemd 258 and later mount a file system at /sys/fs/bpf, and /sys is not inside";
        self.say(
            Code::SandboxPathMissing,
            true,
            "PrivateBPF",
            message.to_owned(),
            remedies,
        );
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
            let remedies = self.file_remedies(&file, Use::MakesForHost);
            self.say(Code::FileMissing, false, &file, message, remedies);
        }
        Ok(())
    }
}
