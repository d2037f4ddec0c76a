//! Which executables run programs from text.

use super::unwrapped;

/// The names of shells and of interpreters, without versions.
const INTERPRETERS: &[&str] = &[
    "R", "Rscript", "ash", "awk", "bash", "bun", "busybox", "csh", "dash", "deno", "elixir",
    "elvish", "erl", "expect", "fish", "gawk", "gjs", "groovy", "guile", "iex", "irb", "janet",
    "java", "jruby", "jshell", "ksh", "lua", "luajit", "mawk", "mksh", "mujs", "nawk", "node",
    "nodejs", "nu", "octave", "osh", "perl", "php", "php-cgi", "pwsh", "pypy", "python", "qjs",
    "racket", "raku", "rbash", "ruby", "sbcl", "sh", "swipl", "tclsh", "tcsh", "toybox", "wish",
    "xonsh", "yash", "zsh",
];

/// Whether a file of this name is an interpreter: `perl`, `python3.12`, `.python3-wrapped`, `luajit-2.1`.
pub fn is_interpreter(name: &str) -> bool {
    INTERPRETERS.contains(&unversioned(unwrapped(name)))
}

/// The name of a program without its version: `python3.12` is `python`.
pub fn unversioned(name: &str) -> &str {
    name.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interpreter_is_known_with_any_version() {
        for name in [
            "sh",
            "bash",
            "perl5.38.2",
            "python3.12",
            ".python3-wrapped",
            ".python3-wrapped_",
            "luajit-2.1",
            "R",
        ] {
            assert!(is_interpreter(name), "{name}");
        }
        for name in ["python3-config", "shred", "lua-format", "nginx", "", "-"] {
            assert!(!is_interpreter(name), "{name}");
        }
    }
}
