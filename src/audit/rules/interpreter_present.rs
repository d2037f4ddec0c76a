//! Interpreters of programming languages.

use super::{Check, Explanation, Rule};
use crate::audit::subject::Subject;
use crate::code::Code;
use crate::finding::Draft;

/// The interpreters of nixpkgs, by the name of their package.
const INTERPRETERS: &[&str] = &[
    "bun",
    "deno",
    "elixir",
    "erlang",
    "gjs",
    "gnu-smalltalk",
    "groovy",
    "guile",
    "janet",
    "lua",
    "luajit",
    "mujs",
    "nodejs",
    "nodejs-slim",
    "octave",
    "openjdk",
    "openjdk-headless",
    "perl",
    "php",
    "php-with-extensions",
    "pypy",
    "pypy3",
    "python",
    "python2",
    "python3",
    "python3-minimal",
    "quickjs",
    "R",
    "racket",
    "raku",
    "rakudo",
    "ruby",
    "sbcl",
    "swi-prolog",
    "tcl",
    "zulu-ca-jdk",
];

pub static RULE: Rule = Rule {
    code: Code::InterpreterPresent,
    explanation: Explanation {
        what: "The closure contains a package that runs programs from text: Perl, Python, Ruby, Node.js, Lua, PHP and the like.",
        why: "An attacker who can write to a service's state directory can run the file with an interpreter, even if writable files can't be executed. Most services that see one don't need it: a helper script of some library refers to it.",
        example: "web.service sees perl because openssl's output `bin` contains a script, c_rehash.",
        fix: "Follow the chain from the option. Often another output is enough (`pkgs.openssl.out`), or the reference can be removed with `removeReferencesTo` or `nukeReferences`.",
        allow: "[[rule]]\nservices = [\"synapse\"]\nallow = [{ package = \"python3\", reason = \"it is written in Python\" }]",
    },
    check: Check::Service(check),
};

fn check(subject: &Subject) -> Vec<Draft> {
    subject
        .packages
        .iter()
        .filter(|(_, package)| INTERPRETERS.contains(&package.name))
        .map(|(path, package)| Draft {
            path: Some((*path).clone()),
            remedies: vec![subject.allow_package(package)],
            ..Draft::new(
                package.name,
                format!("the closure contains an interpreter: {package}"),
            )
        })
        .collect()
}
