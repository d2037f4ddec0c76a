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

/// Whether a service with these settings, those of its drop-in among them, has its own: `DynamicUser=` implies `PrivateTmp=`, and
/// confinement hides them again where they were not asked for.
pub fn has_private_tmp(settings: &Settings) -> Result<bool> {
    let (hiding, hidden) = HIDDEN[0];
    Ok(!settings.list(hiding).iter().any(|value| value == hidden)
        && (asks_for_private_tmp(settings)? == Some(true)
            || settings.boolean("DynamicUser")? == Some(true)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_asked_for_or_implied_and_can_be_hidden() -> Result<()> {
        let has = |settings: &[(&str, &str)]| has_private_tmp(&settings.iter().copied().collect());
        let dynamic = ("DynamicUser", "yes");
        assert!(!has(&[])?);
        assert!(has(&[("PrivateTmp", "yes")])?);
        assert!(has(&[("PrivateTmp", "disconnected")])?);
        assert!(has(&[dynamic])?);
        assert!(has(&[dynamic, ("PrivateTmp", "no")])?);
        assert!(!has(&[dynamic, HIDDEN[0], HIDDEN[1]])?);
        assert!(has(&[("PrivateTmp", "perhaps")]).is_err());
        Ok(())
    }
}
