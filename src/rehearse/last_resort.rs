//! Changes of last resort.

use super::candidates::Candidate;
use crate::change::{Change, Value};
use crate::service::Service;
use crate::systemd::Setting;

/// The changes of last resort for a service, each of which gives up something: first what is switched off, then what of the host is shown,
/// then what of it can be written to.
pub fn wide(step: usize, service: &Service) -> Option<Vec<Candidate>> {
    let switch = |name: Setting, is_on| Change::Set {
        name,
        value: Value::Switch(is_on),
        is_forced: service.settings.is_assigned(&name),
    };
    let off = |name: &Setting| switch(*name, false);
    let bound =
        |setting: Setting| move |path: &&str| Change::Add(setting, vec![format!("-{path}").into()]);
    // A root of the mode chroot-only has no /proc, /sys and /dev.
    let api = switch(Setting::MountAPIVFS, true);
    let changes: Vec<Change> = match step {
        0 => [
            Setting::PrivateUsers,
            Setting::PrivateDevices,
            Setting::ProtectKernelTunables,
            Setting::ProtectControlGroups,
            Setting::ProtectKernelModules,
        ]
        .iter()
        .map(off)
        .chain([api])
        .collect(),
        1 => ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/opt"]
            .iter()
            .map(bound(Setting::BindReadOnlyPaths))
            .collect(),
        2 => ["/etc", "/var", "/run", "/srv", "/home", "/root", "/mnt"]
            .iter()
            .map(bound(Setting::BindPaths))
            .collect(),
        _ => return None,
    };
    let why = "nothing narrower made it behave as it does without confinement";
    let candidates = changes.into_iter();
    Some(
        candidates
            .map(|change| Candidate::of(change, why))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::unit::tests::service;

    #[test]
    fn only_what_the_service_sets_itself_is_forced() -> anyhow::Result<()> {
        let service = service(r#"{"PrivateUsers":["true"]}"#)?;
        let candidates = wide(0, &service).unwrap_or_default();
        let forced = candidates
            .iter()
            .filter_map(|candidate| match candidate.change {
                Change::Set {
                    name,
                    is_forced: true,
                    ..
                } => Some(name),
                _ => None,
            });
        assert_eq!(forced.collect::<Vec<_>>(), [Setting::PrivateUsers]);
        Ok(())
    }
}
