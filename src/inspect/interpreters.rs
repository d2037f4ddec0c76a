//! Which executables run programs from text.

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
    let wrapped = name
        .strip_prefix('.')
        .and_then(|name| name.strip_suffix("-wrapped"));
    let name = wrapped.unwrap_or(name);
    let is_version = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
    INTERPRETERS.contains(&name.trim_end_matches(is_version))
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
