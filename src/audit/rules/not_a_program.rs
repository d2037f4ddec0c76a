//! Files that are not programs.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::NotAProgram,
    explanation: Explanation {
        what: "The file that a command names is neither a binary nor a script with `#!`, is truncated, or is a script with an endless chain of interpreters.",
        why: "The service ends with 203/EXEC, `Exec format error`.",
        example: "A script whose first line is empty, with `#!` on the second.",
        fix: "Let the first line be `#!` and an interpreter; `pkgs.writeShellScript` does this. Rebuild a damaged file: `nix-store --verify-path` reports whether the store's copy is damaged.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"not-a-program\", reason = \"binfmt_misc runs it\" }]",
    },
    check: Check::Foresight,
};
