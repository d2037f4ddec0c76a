//! What depends on systemd, its version and its bus.

use anyhow::Result;

use super::Seer;
use crate::code::Code;
use crate::inspect::Found;

impl Seer<'_> {
    /// `Type=dbus` waits for a name on the system bus, which a service takes through the bus' socket.
    pub(super) fn bus(&mut self) -> Result<()> {
        let settings = &self.subject.service.settings;
        let is_dbus = match settings.value("Type") {
            Some(kind) => kind == "dbus",
            None => settings.value("BusName").is_some(),
        };
        let is_elsewhere =
            (self.environment.iter()).any(|(name, _)| name == "DBUS_SYSTEM_BUS_ADDRESS");
        let socket = "/run/dbus/system_bus_socket";
        if is_dbus && !is_elsewhere && self.inside().look(socket)? == Found::Missing {
            let message = format!(
                "systemd waits until it has the name {} on the system bus, whose socket is not inside",
                settings.value("BusName").unwrap_or("that it has not got")
            );
            let remedies = self.preset_remedy("dbus");
            self.say(Code::BusMissing, false, socket, message, remedies);
        }
        Ok(())
    }

    /// systemd before 257 takes `PrivateTmp=disconnected` for nothing said.
    pub(super) fn disconnected_tmp(&mut self) {
        let uses_tmp = || {
            let texts = self.before.replace(self.inside().store_dir().as_str(), "");
            texts
                .split(|c: char| c.is_whitespace() || "\"'=><;|&".contains(c))
                .any(|word| word.starts_with("/tmp") || word.starts_with("/var/tmp"))
        };
        let is_disconnected =
            self.subject.service.settings.value("PrivateTmp") == Some("disconnected");
        if is_disconnected && uses_tmp() {
            let on = self.subject.switch("PrivateTmp", true);
            let remedies = self.fix("for every version", "PrivateTmp", &[on]);
            let message = "the unit sets PrivateTmp=disconnected, which systemd knows from 257 on, and uses /tmp: before, there is none inside";
            self.say(
                Code::SystemdTooOld,
                true,
                "PrivateTmp",
                message.to_owned(),
                remedies,
            );
        }
    }
}
