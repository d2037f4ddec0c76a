//! Users that nobody knows inside.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::UserUnknown,
    explanation: Explanation {
        what: "A command (whoami, `id -n`, chown, chgrp, install, initdb, nginx as root) looks up a name, and there is no /etc/passwd or /etc/group inside, or the store file that is bound there lacks the name. The dynamic user of `DynamicUser=` is in no list.",
        why: "The command fails with \"invalid user\", \"cannot find name for user ID\" or the like.",
        example: "ExecStartPre=…/bin/chown web:web /var/lib/web",
        fix: "Show the lists: `confinement.presets = [ \"users\" ];`, or name users by number.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"user-unknown\", reason = \"the script goes on\" }]",
    },
    check: Check::Foresight,
};
