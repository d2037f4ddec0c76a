//! Users that the service's root does not list.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::UserUnknown,
    explanation: Explanation {
        what: "A command (whoami, `id -n`, chown, chgrp, install, initdb, ssh, daemons that change to a user) looks up a name, and the service's root has no /etc/passwd or /etc/group, or the store file that is bound there lacks the name. No list contains the user of `DynamicUser=`.",
        why: "The command fails with \"invalid user\", \"cannot find name for user ID\" or the like.",
        example: "ExecStartPre=…/bin/chown web:web /var/lib/web",
        fix: "Show the lists: `confinement.presets = [ \"users\" ];`, or name users by number.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"user-unknown\", reason = \"the script continues\" }]",
    },
    check: Check::Foresight,
};
