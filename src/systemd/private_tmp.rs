//! Whether a service has a private /tmp and /var/tmp.

use anyhow::Result;

use crate::service::Settings;

/// The settings that hide them from a service that has them by implication.
pub const HIDDEN: [(&str, &str); 2] = [
    ("InaccessiblePaths", "-+/tmp"),
    ("InaccessiblePaths", "-+/var/tmp"),
];

/// The value of `PrivateTmp=` itself, if it is set.
pub fn asks_for_private_tmp(settings: &Settings) -> Result<Option<bool>> {
    // Known from systemd 257 on.
    if settings.value("PrivateTmp") == Some("disconnected") {
        return Ok(Some(true));
    }
    settings.boolean("PrivateTmp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_boolean_or_disconnected() -> Result<()> {
        let asks =
            |settings: &[(&str, &str)]| asks_for_private_tmp(&settings.iter().copied().collect());
        assert_eq!(asks(&[])?, None);
        assert_eq!(asks(&[("PrivateTmp", "yes")])?, Some(true));
        assert_eq!(asks(&[("PrivateTmp", "disconnected")])?, Some(true));
        assert!(asks(&[("PrivateTmp", "perhaps")]).is_err());
        Ok(())
    }
}
