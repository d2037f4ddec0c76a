//! Programs for another architecture.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::WrongArchitecture,
    explanation: Explanation {
        what: "A program that the service runs, or a library of it, is built for another architecture than that of the auditing machine.",
        why: "Without emulation the kernel does not run it: 203/EXEC. If the audit runs on another architecture than the service, ignore this finding.",
        example: "A package of aarch64-linux in the system of an x86-64 machine.",
        fix: "Take the package from the package set of the host. If you build for several architectures, allow it.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"wrong-architecture\", reason = \"built for the boards\" }]",
    },
    check: Check::Foresight,
};
