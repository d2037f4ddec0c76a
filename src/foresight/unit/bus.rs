//! The system bus, on which systemd waits for services.

use anyhow::Result;

use crate::code::Code;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::root::Found;

impl Sight<'_> {
    /// `Type=dbus` waits for a name on the system bus, which a service takes through the bus's socket.
    pub(super) fn bus(&self) -> Result<Option<Trouble>> {
        let settings = &self.confined.service.settings;
        let is_dbus = match settings.value("Type") {
            Some(kind) => kind == "dbus",
            None => settings.value("BusName").is_some(),
        };
        let is_elsewhere =
            (self.around.environment.iter()).any(|(name, _)| name == "DBUS_SYSTEM_BUS_ADDRESS");
        let socket = "/run/dbus/system_bus_socket";
        if is_dbus && !is_elsewhere && self.inside.look(socket)? == Found::Missing {
            let message = format!(
                "systemd waits until it acquires the name {} on the system bus, whose socket is not in the service's root",
                settings.value("BusName").unwrap_or("that it does not have")
            );
            let remedies = self.preset_remedy("dbus");
            let trouble = Trouble::new(Code::BusMissing, socket, message);
            return Ok(Some(trouble.fixed_by(remedies)));
        }
        Ok(None)
    }
}
