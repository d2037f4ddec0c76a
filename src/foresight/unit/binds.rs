//! Sources of binds, which systemd opens on the host.

use anyhow::Result;

use crate::code::Code;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::store::{Resolved, resolve};
use crate::systemd::all_binds;

impl Sight<'_> {
    /// Sources in the store that don't exist: without `-`, the service ends with 226/NAMESPACE.
    pub(super) fn bind_sources(&self) -> Result<Vec<Trouble>> {
        let mut seen = Vec::new();
        let dir = self.inside.store_dir();
        for (setting, bind) in all_binds(&self.confined.service.settings) {
            let Some(owner) = dir.owner(&bind.source) else {
                continue;
            };
            if bind.is_optional() || resolve(self.files, dir, &bind.source)? != Resolved::Missing {
                continue;
            }
            let is_elsewhere = self.is_elsewhere(&owner)?;
            let message = format!(
                "the unit sets {setting}={}, and {} {}",
                bind.word,
                bind.source,
                if is_elsewhere {
                    "is not in the store of this machine"
                } else {
                    "does not exist"
                },
            );
            let remedies = self.confined.without(setting, &bind.word);
            seen.push(
                Trouble::new(Code::BindSourceMissing, &bind.source, message)
                    .uncertain_if(is_elsewhere)
                    .fixed_by(remedies),
            );
        }
        Ok(seen)
    }
}
