//! Files of the host.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::HostFileNamed,
    explanation: Explanation {
        what: "A command line, or a configuration that it names, names a path in /etc, /run, /srv, /usr or /var that nothing shows in the service's root.",
        why: "A program that can't open its configuration or a socket usually exits at once.",
        example: "ExecStart=…/bin/web --ca /etc/ssl/certs/ca-certificates.crt",
        fix: "Bind files and sockets with `BindReadOnlyPaths=`. For the service's own directories, set `StateDirectory=`, `CacheDirectory=`, `LogsDirectory=` or `RuntimeDirectory=`.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"host-file-named\", reason = \"a prefix, not a file\" }]",
    },
    check: Check::Foresight,
};
