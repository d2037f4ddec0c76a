//! Settings that need a newer systemd.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::SystemdTooOld,
    explanation: Explanation {
        what: "The unit has a command with `|` (systemd 258), or `PrivateTmp=disconnected` (257) and uses /tmp. Or it is a unit of a user that sets `PrivateUsers=no`: since 257, the manager gives it a user namespace nevertheless, which it needs for mounts.",
        why: "An older systemd refuses the unit, or runs it without a feature that it needs.",
        example: "ExecStart=|/nix/store/…-web/bin/web",
        fix: "Use settings that every version supports. The finding suggests them.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"systemd-too-old\", reason = \"all hosts have systemd 258\" }]",
    },
    check: Check::Foresight,
};
