//! What systemd itself needs to start the service, and what follows from the settings of the unit.

mod binds;
mod bus;
mod directory;
mod environment;
mod linked;
mod paths;
mod private_tmp;
mod privileges;
mod proc;
mod sandbox;
mod user;
mod variables;

use anyhow::Result;

use super::sight::Sight;
use super::trouble::Outlook;

impl Sight<'_> {
    /// What fails before any command runs.
    pub(super) fn unit(&self) -> Result<Outlook> {
        let mut troubles = self.environment_files()?;
        troubles.extend(self.bind_sources()?);
        troubles.extend(self.linked()?);
        troubles.extend(self.working_directory()?);
        troubles.extend(self.sandbox_paths()?);
        troubles.extend(self.pid_file()?);
        troubles.extend(self.proc()?);
        troubles.extend(self.bpf()?);
        troubles.extend(self.bus()?);
        troubles.extend(self.variables()?);
        troubles.extend(self.capabilities());
        troubles.extend(self.user_namespace());
        Ok(Outlook {
            troubles,
            ..Outlook::default()
        })
    }
}
