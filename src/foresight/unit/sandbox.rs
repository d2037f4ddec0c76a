//! Paths in settings that systemd looks for inside the root.

use anyhow::Result;

use crate::code::Code;
use crate::foresight::known::Use;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::root::Found;
use crate::systemd::Setting;

impl Sight<'_> {
    /// `PrivateBPF=` (from systemd 258 on) mounts a file system in /sys: the service ends with 226/NAMESPACE where there is none.
    pub(super) fn bpf(&self) -> Result<Option<Trouble>> {
        let is_on = self.around.is_on("PrivateBPF");
        if !is_on || self.inside.look("/sys/fs/bpf")? != Found::Missing {
            return Ok(None);
        }
        let mounted = self.confined.switch(Setting::MountAPIVFS, true);
        let remedies = self.fix("to have /sys", "MountAPIVFS", &[mounted]);
        let message = "the unit sets PrivateBPF=yes, for which systemd 258 and later mount a file system at /sys/fs/bpf, and /sys is not in the service's root";
        let trouble = Trouble::new(Code::SandboxPathMissing, "PrivateBPF", message);
        Ok(Some(trouble.uncertain_if(true).fixed_by(remedies)))
    }

    /// With `Type=forking`, systemd waits for the file of `PIDFile=`, on the host.
    pub(super) fn pid_file(&self) -> Result<Option<Trouble>> {
        let settings = &self.confined.service.settings;
        let Some(file) = settings.value("PIDFile").filter(|file| !file.contains('%')) else {
            return Ok(None);
        };
        let file = if file.starts_with('/') {
            file.to_owned()
        } else {
            format!("/run/{file}")
        };
        let file = file.replacen("/var/run/", "/run/", 1);
        if settings.value("Type") == Some("forking")
            && self.inside.look(&file)? == Found::Missing
            && (self.inside.is_of_one_command(&file)
                || self.inside.can_be_made(&file, false)? == Some(false))
        {
            let message = format!(
                "systemd waits for PIDFile={file}, which nothing in the service's root can create"
            );
            let remedies = self.file_remedies(&file, Use::MakesForHost);
            let trouble = Trouble::new(Code::FileMissing, file, message);
            return Ok(Some(trouble.fixed_by(remedies)));
        }
        Ok(None)
    }
}
