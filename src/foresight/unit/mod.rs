//! What systemd itself needs to start the service, and what the settings of the unit come to.

mod binds;
mod bus;
mod directory;
mod environment;
mod private_tmp;
mod privileges;
mod proc;
mod sandbox;

use anyhow::Result;

use super::sight::Sight;
use super::trouble::Outlook;
use crate::bundle::BundleService;

impl Sight<'_> {
    /// What will not work of the unit before any command is run.
    pub(super) fn unit(&self) -> Result<Outlook> {
        let mut troubles = self.environment_files()?;
        troubles.extend(self.bind_sources()?);
        troubles.extend(self.working_directory()?);
        troubles.extend(self.sandbox_paths()?);
        troubles.extend(self.pid_file()?);
        troubles.extend(self.proc()?);
        troubles.extend(self.bpf()?);
        troubles.extend(self.bus()?);
        troubles.extend(self.capabilities());
        Ok(Outlook {
            troubles,
            ..Outlook::default()
        })
    }
}

/// Whether only `ExecStart=` runs in the root, which an adopted service may have.
pub(super) fn starts_only_main(service: &BundleService) -> bool {
    matches!(
        service.settings.boolean("RootDirectoryStartOnly"),
        Ok(Some(true))
    )
}
