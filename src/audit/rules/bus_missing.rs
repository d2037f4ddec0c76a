//! Services that systemd waits for on the bus.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::BusMissing,
    explanation: Explanation {
        what: "The unit has `Type=dbus` (or `BusName=` and no type), and nothing shows /run/dbus/system_bus_socket in the service's root.",
        why: "The service can't acquire its name, and systemd waits for it until the start times out.",
        example: "Type=dbus, BusName=org.example.Web",
        fix: "Show the socket: `confinement.presets = [ \"dbus\" ];`.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"bus-missing\", reason = \"it uses another bus address\" }]",
    },
    check: Check::Foresight,
};
