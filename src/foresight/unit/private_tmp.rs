//! `PrivateTmp=disconnected`, which not every systemd knows.

use crate::code::Code;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::systemd::Setting;

impl Sight<'_> {
    /// systemd before 257 ignores `PrivateTmp=disconnected`. `texts`: everything that the service runs.
    pub(in crate::foresight) fn disconnected_tmp(&self, texts: &str) -> Option<Trouble> {
        let uses_tmp = || {
            let texts = texts.replace(self.inside.store_dir().as_str(), "");
            texts
                .split(|c: char| c.is_whitespace() || "\"'=><;|&".contains(c))
                .any(|word| word.starts_with("/tmp") || word.starts_with("/var/tmp"))
        };
        let value = self.confined.service.settings.value("PrivateTmp");
        if value != Some("disconnected") || !uses_tmp() {
            return None;
        }
        let on = self.confined.switch(Setting::PrivateTmp, true);
        let message = "the unit sets PrivateTmp=disconnected, which systemd supports from 257 on, and uses /tmp, which the root lacks with older versions";
        let trouble = Trouble::new(Code::SystemdTooOld, "PrivateTmp", message).uncertain_if(true);
        Some(trouble.fixed_by(self.fix("for every version", "PrivateTmp", &[on])))
    }
}
