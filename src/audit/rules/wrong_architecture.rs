//! Machines.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::WrongArchitecture,
    explanation: Explanation {
        what: "A program that the service runs, or a library of it, is built for another kind of machine than the one on which the audit is made.",
        why: "Without emulation the kernel does not run it: 203/EXEC. Where the audit is made on another kind of machine than the service runs on, it is as it should be.",
        example: "A package of aarch64-linux in the system of an x86-64 machine.",
        fix: "Take the package from the package set of the host. Where machines of several kinds are built for, allow it.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"wrong-architecture\", reason = \"built for the boards\" }]",
    },
    check: Check::Foresight,
};
