//! What the manager of a user needs.

use crate::code::Code;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::systemd::Setting;

impl Sight<'_> {
    /// Without privileges, only a user namespace of the service allows the mounts of its root. With `PrivateUsers=no`, systemd 252
    /// ends the service with 226/NAMESPACE; 257 and 262 ignore the setting.
    pub(super) fn user_namespace(&self) -> Option<Trouble> {
        let is_off = matches!(
            self.confined.service.settings.boolean("PrivateUsers"),
            Ok(Some(false))
        );
        if self.confined.bundle.manager.is_system() || !is_off {
            return None;
        }
        let on = self.confined.switch(Setting::PrivateUsers, true);
        let message = "the unit sets PrivateUsers=no: before systemd 257, the manager of a user then can't mount the service's root (226/NAMESPACE)";
        let trouble = Trouble::new(Code::SystemdTooOld, "PrivateUsers", message).uncertain_if(true);
        Some(trouble.fixed_by(self.fix("for every version", "PrivateUsers", &[on])))
    }
}
