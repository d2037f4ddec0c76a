//! Sources of binds, which systemd looks for on the host.

use anyhow::Result;

use super::Seer;
use crate::code::Code;
use crate::store::{Resolved, resolve};
use crate::systemd::all_binds;

impl Seer<'_> {
    /// Those in the store that are not there: without `-`, the service ends with 226/NAMESPACE.
    pub(super) fn bind_sources(&mut self) -> Result<()> {
        let dir = self.inside().store_dir();
        for (setting, bind) in all_binds(&self.subject.service.settings) {
            let Some(owner) = dir.owner(&bind.source) else {
                continue;
            };
            if bind.is_optional() || resolve(self.files, dir, &bind.source)? != Resolved::Missing {
                continue;
            }
            // The host may have a path that this machine lacks.
            let is_elsewhere = resolve(self.files, dir, owner.as_str())? == Resolved::Missing
                && !self.inside().has(owner.base());
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
            let remedies = self.subject.without(setting, &bind.word);
            self.say(
                Code::BindSourceMissing,
                is_elsewhere,
                &bind.source,
                message,
                remedies.into_iter().collect(),
            );
        }
        Ok(())
    }
}
