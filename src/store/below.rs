//! Compares absolute paths as texts, without access to a file system.

/// Returns the rest of `path` below `dir`: empty if both are the same, else with a leading slash. `None` if `path` is not below
/// `dir`. A trailing slash of `dir` is ignored.
pub fn below<'p>(path: &'p str, dir: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(dir.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_components_count() {
        assert_eq!(below("/etc/ssl/certs", "/etc"), Some("/ssl/certs"));
        assert_eq!(below("/etc/ssl/certs", "/etc/ssl/"), Some("/certs"));
        assert_eq!(below("/etc", "/etc"), Some(""));
        assert_eq!(below("/etc", "/"), Some("/etc"));
        assert_eq!(below("/etcetera", "/etc"), None);
        assert_eq!(below("/etc", "/etc/ssl"), None);
    }
}
