//! Checks for what no service may have.

use anyhow::{Result, bail, ensure};

use super::Service;
use crate::service::variable::is_variable;
use crate::service::{HideClass, Preset, Settings, UnitName};

impl Service {
    /// Fails if the service can't be confined with any options.
    pub(crate) fn check(&self, name: &UnitName) -> Result<()> {
        let may_be_shipped = !self.unit_packages.is_empty()
            || matches!(&self.placement, Some(placement) if placement.upstream.is_some());
        if !self.has_commands() && !may_be_shipped && !self.confinement.by_default {
            bail!(
                "it has no Exec line: set systemd.services.{:?}.serviceConfig.ExecStart, or list the package that ships {name} in systemd.packages",
                name.stem()
            );
        }
        let texts = self
            .exec
            .values()
            .flatten()
            .chain(&self.confinement.packages)
            .chain(&self.confinement.bin_sh)
            .chain(&self.confinement.full_unit)
            .chain(&self.confinement.path)
            .chain(self.confinement.environment.values())
            .chain(self.confinement.presets.iter().flat_map(Preset::texts))
            .map(|text| text.text.as_str());
        let settings = std::iter::once(&self.settings).chain(self.triggered_by.values());
        let settings = settings
            .flat_map(Settings::iter)
            .flat_map(|(_, values)| values)
            .map(String::as_str);
        for text in texts.chain(settings) {
            // A unit file can't contain them, and versions of Nix write them differently in JSON.
            if let Some(control) = text
                .chars()
                .find(|c| c.is_control() && !"\n\t".contains(*c))
            {
                bail!("{text:?} contains the control character {control:?}: remove it");
            }
        }
        ensure!(
            !self.confinement.hide.contains(&HideClass::Unobserved),
            "hide has the class \"unobserved\": set confinement.hideUnobserved to the last day on which it may be hidden"
        );
        for preset in &self.confinement.presets {
            preset.check()?;
        }
        for variable in self.confinement.environment.keys() {
            ensure!(
                is_variable(variable),
                "environment contains {variable:?}, which is not a variable name"
            );
        }
        if let Some(bin_sh) = &self.confinement.bin_sh {
            ensure!(
                bin_sh.text.starts_with('/') && !bin_sh.text.chars().any(char::is_control),
                "binSh is {:?}, which is not an absolute path: give the program's path or null",
                bin_sh.text
            );
            // systemd ignores a mount whose source has such a component.
            ensure!(
                !bin_sh
                    .text
                    .split('/')
                    .any(|part| matches!(part, "." | "..")),
                "binSh is {:?}, which contains '.' or '..': write the path without it",
                bin_sh.text
            );
        }
        Ok(())
    }
}
