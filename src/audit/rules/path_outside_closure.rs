//! Store paths outside the closure.

use super::{Check, Explanation, Rule};
use crate::code::Code;

pub static RULE: Rule = Rule {
    code: Code::PathOutsideClosure,
    explanation: Explanation {
        what: "A script, an argument or a variable of the environment names a store path that is not in the closure of the service. Paths in variables and in `path` are not closure roots; nor are paths in a Nix string that does not have them in its context, because they are written out or their context was discarded.",
        why: "Opening the path fails. confinix can't tell whether anything opens it.",
        example: "Environment=SSL_CERT_FILE=/nix/store/…-cacert/etc/ssl/certs/ca-bundle.crt",
        fix: "Add the path to `confinement.packages`, or interpolate the package where the path is written out: `${pkgs.cacert}/…`.",
        allow: "[[rule]]\nservices = [\"web\"]\nallow = [{ code = \"path-outside-closure\", reason = \"only read outside\" }]",
    },
    check: Check::Foresight,
};
