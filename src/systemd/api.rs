//! Whether a service with its own root sees /proc, /sys and /dev.

use crate::service::Settings;

/// Whether they are mounted in the root of a service with these settings, including those of its drop-in: by `MountAPIVFS=`,
/// which a root directory implies, or by a setting that protects their content and mounts them whatever `MountAPIVFS=` is
/// (`namespace_parameters_mount_apivfs`).
pub fn has_api_file_systems(settings: &Settings) -> bool {
    let is = |setting, expected| settings.boolean(setting).ok().flatten() == Some(expected);
    let is_other = |setting, usual| settings.value(setting).is_some_and(|value| value != usual);
    !is("MountAPIVFS", false)
        || is("ProtectControlGroups", true)
        || is("ProtectKernelTunables", true)
        || is_other("ProtectProc", "default")
        || is_other("ProcSubset", "all")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_implied_by_the_root_and_by_what_protects_them() {
        let has = |settings: &[(&str, &str)]| {
            has_api_file_systems(&settings.iter().copied().collect::<Settings>())
        };
        let off = ("MountAPIVFS", "no");
        assert!(has(&[]));
        assert!(has(&[off, ("MountAPIVFS", "")]));
        assert!(!has(&[off]));
        assert!(has(&[off, ("ProtectKernelTunables", "yes")]));
        assert!(has(&[off, ("ProtectProc", "invisible")]));
        assert!(has(&[off, ("ProcSubset", "pid")]));
        assert!(!has(&[
            off,
            ("ProtectProc", "default"),
            ("PrivateDevices", "yes")
        ]));
    }
}
