//! Which files are configurations, by their names and by how they begin.

use crate::inspect::ENDINGS_OF_CONFIGURATIONS;

/// Endings of sources, certificates and pages.
const OTHER: [&str; 21] = [
    "awk", "bash", "cjs", "crt", "css", "csv", "html", "jar", "js", "key", "md", "mjs", "pem",
    "php", "pl", "py", "rb", "sh", "sql", "svg", "ts",
];

/// Endings of what programs read as their configuration if they are told of its directory.
const IN_DIRECTORIES: [&str; 4] = ["cfg", "cnf", "conf", "ini"];

/// Programs whose first operand is a source.
const INTERPRETERS: [&str; 9] = [
    "bash", "dash", "java", "lua", "node", "perl", "python", "ruby", "sh",
];

/// Whether a text is most likely a configuration.
pub(super) fn is_configuration(program: &str, path: &str, text: &str) -> bool {
    let ending = path
        .rsplit_once('.')
        .map(|(_, ending)| ending)
        .unwrap_or_default();
    let program = program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let is_source = OTHER.contains(&ending) || is_script(text) || text.starts_with("-----BEGIN");
    !is_source && (!INTERPRETERS.contains(&program) || ENDINGS_OF_CONFIGURATIONS.contains(&ending))
}

/// Whether a text names its interpreter. `#!KAMAILIO` names none.
fn is_script(text: &str) -> bool {
    let interpreter = text.strip_prefix("#!").map(str::trim_start);
    interpreter.is_some_and(|it| it.starts_with('/'))
}

/// Whether a program that is told of a directory most likely reads the file of this name in it.
pub(super) fn is_read_in_directory(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    ending.is_some_and(|ending| IN_DIRECTORIES.contains(&ending))
}
