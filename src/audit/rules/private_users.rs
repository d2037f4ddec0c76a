//! Users and capabilities over the host.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::PrivateUsers,
    explanation: Explanation {
        what: "In mode `full-apivfs`, or with `PrivateUsers=`, the service has a user namespace with root and its own user, and its capabilities don't apply outside. The rule reports a change to another user or its groups (chown, setpriv, daemons that are told of a user or have one built in), programs that need a capability over the host (arping, nft, chronyd), low ports in the configuration of nginx, as a warning programs of root that nothing is known of and that import functions which change users (getpwnam with setgid and setuid), and, as a warning, capabilities over the host in `AmbientCapabilities=`, or in `CapabilityBoundingSet=` of a service of root.",
        why: "chown and setuid fail with \"Invalid argument\", and the service can't bind a port below 1024.",
        example: "AmbientCapabilities=CAP_NET_BIND_SERVICE, for port 443.",
        fix: "Set `serviceConfig.PrivateUsers = false;`, use a port from 1024 on, or use socket activation. `PrivateUsers = false` causes the finding setting-defeats-confinement in mode `full-apivfs`, and may cause host-store-writable for a service of root.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"private-users\", reason = \"it works without it\" }]",
    },
    check: Check::Foresight,
};
