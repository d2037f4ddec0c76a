//! The version of systemd, as its programs print it.

/// The major version in what a program of systemd prints for `--version`: `systemd 252 (252.39-1)`; `None` if it is none.
pub fn version(printed: &str) -> Option<u32> {
    let rest = printed.strip_prefix("systemd ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_is_the_version() {
        assert_eq!(version("systemd 252 (252.39-1)\n+PAM +AUDIT"), Some(252));
        assert_eq!(version("systemd 262~rc1 (262~rc1-1)"), Some(262));
        assert_eq!(version("systemd 257.9"), Some(257));
        assert_eq!(version("systemd"), None);
        assert_eq!(version("busybox 1.36"), None);
    }
}
