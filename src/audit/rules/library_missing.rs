//! Libraries.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::LibraryMissing,
    explanation: Explanation {
        what: "A dynamically linked program, or a library that it loads, needs a library that is neither in its RPATH or RUNPATH, nor in `LD_LIBRARY_PATH`, nor in the directories that the loader was built with, as far as the service's root contains them.",
        why: "The loader ends the program with status 127 before its first line.",
        example: "A binary from another distribution needs libssl.so.3, which is in /usr/lib there.",
        fix: "Give the binary an RPATH (`autoPatchelfHook`), or set `LD_LIBRARY_PATH` and add the library's package to `confinement.packages`.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"library-missing\", reason = \"LD_LIBRARY_PATH comes from a file of the host\" }]",
    },
    check: Check::Foresight,
};
