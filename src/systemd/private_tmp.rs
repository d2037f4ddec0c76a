//! Whether a service has a /tmp and a /var/tmp of its own.

use anyhow::Result;

use crate::service::Settings;

/// What hides them from a service that did not ask for them and has them all the same.
pub const HIDDEN: [(&str, &str); 2] = [
    ("InaccessiblePaths", "-+/tmp"),
    ("InaccessiblePaths", "-+/var/tmp"),
];

/// What `PrivateTmp=` itself says, if it is set.
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
