//! Paths as systemd writes them (`path_simplify`).

/// A path without doubled and trailing slashes and `.` components.
pub fn simplified(path: &str) -> String {
    let parts: Vec<_> = path
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}
