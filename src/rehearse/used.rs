//! What a service needs, if it needs all that it used without confinement.

use super::needs::of_failures;
use super::tree::{Tree, is_of_kernel};
use crate::foresight::Need;
use crate::observe::{Failures, Intent};

/// Returns the files of the tree, without those of the store, and the sockets that the service needs if it needs all that it used
/// without confinement ([`Trace::used`](crate::observe::Trace::used)). What it creates itself is not among them.
pub fn needs_of_used(used: &Failures, tree: Tree<'_>) -> Vec<Need> {
    let mut used = used.clone();
    used.calls.retain(|call| {
        let Some(path) = &call.path else {
            return true;
        };
        // Files of the store are known from its view, and those of the kernel are there anyway.
        let is_elsewhere = tree.is_in_store(path) || is_of_kernel(path);
        // Many directories are only looked at on the way to a file.
        let is_listed = call.intent == Intent::Directory && !call.call.ends_with("chdir");
        let is_file = !tree.at(path).is_dir();
        !is_elsewhere && (is_file || is_listed)
    });
    let mut needs = of_failures(&used, tree);
    needs.retain(|need| match need {
        Need::Connect(_) => true,
        Need::Read(path) | Need::Execute(path) | Need::Write(path) => tree.has(path),
        _ => false,
    });
    needs
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;
    use crate::observe::Failure;

    #[test]
    fn what_is_used_is_needed_if_it_was_there_before() -> Result<()> {
        let dir = tempfile::tempdir()?;
        std::fs::create_dir_all(dir.path().join("usr/share/app"))?;
        std::fs::create_dir_all(dir.path().join("nix/store"))?;
        for file in ["usr/share/app/a", "usr/share/app/b", "nix/store/x"] {
            std::fs::write(dir.path().join(file), "")?;
        }
        let used = |call: &str, path: &str, intent| Failure {
            call: call.to_owned(),
            path: Some(path.to_owned()),
            address: None,
            arguments: None,
            errno: "ENOENT".to_owned(),
            intent,
        };
        let used = Failures {
            calls: vec![
                used("newfstatat", "/usr/share", Intent::Read),
                used("chdir", "/usr/share", Intent::Directory),
                used("openat", "/usr/share/app/a", Intent::Read),
                used("openat", "/usr/share/app/b", Intent::Create),
                used("fchownat", "/usr/share/app/b", Intent::Write),
                used("mkdir", "/var/lib/app", Intent::Create),
                used("openat", "/nix/store/x", Intent::Read),
                used("openat", "/run/systemd/userdb", Intent::Directory),
            ],
            ..Failures::default()
        };
        assert_eq!(
            needs_of_used(
                &used,
                Tree {
                    root: dir.path(),
                    with: &[],
                    store: "/nix/store".as_ref(),
                }
            ),
            [
                Need::Read("/usr/share/app/a".into()),
                Need::Write("/usr/share/app/b".into()),
                Need::Connect("/run/systemd/userdb".into()),
            ]
        );
        Ok(())
    }
}
