//! Where one absolute path lies below another, as texts: no file system is asked.

/// What remains of `path` below `dir`, beginning with a slash unless it is empty, as it is where both are the same. A slash at the
/// end of `dir` does not count.
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
