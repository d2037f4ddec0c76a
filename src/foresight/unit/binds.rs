//! Sources of binds, which systemd opens on the host.

use anyhow::Result;

use crate::code::Code;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::root::MountKind;
use crate::store::{Resolved, resolve};

impl Sight<'_> {
    /// Sources in the store that don't exist: without `-`, the service ends with 226/NAMESPACE.
    pub(super) fn bind_sources(&self) -> Result<Vec<Trouble>> {
        let mut seen = Vec::new();
        let dir = self.inside.store_dir();
        for mount in &self.inside.root().mounts {
            let MountKind::Bind { source } = &mount.kind else {
                continue;
            };
            let (Some((setting, word)), Some(owner)) = (mount.entry(), dir.owner(source)) else {
                continue;
            };
            if mount.optional || resolve(self.files, dir, source)? != Resolved::Missing {
                continue;
            }
            let is_elsewhere = self.is_elsewhere(&owner)?;
            let message = format!(
                "{} sets {setting}={word}, and {source} {}",
                self.confined.setter(setting, word),
                if is_elsewhere {
                    "is not in the store of this machine"
                } else {
                    "does not exist"
                },
            );
            let remedies = self.confined.without(setting, word);
            seen.push(
                Trouble::new(Code::BindSourceMissing, source.as_ref(), message)
                    .uncertain_if(is_elsewhere)
                    .fixed_by(remedies),
            );
        }
        Ok(seen)
    }
}
