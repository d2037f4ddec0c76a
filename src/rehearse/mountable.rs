//! Binds that systemd can make: one whose source is missing keeps its service from starting.

use super::candidates::{Candidate, bound};
use super::tree::Tree;
use crate::change::Change;
use crate::service::Settings;
use crate::store::below;
use crate::systemd::{ExecDirectories, Setting};

/// Returns a candidate that can be tried in a tree. What is to be written to, and the service creates itself, is replaced by the nearest
/// directory that is there. `None` if what is shown is not there; `-PATH` need not be. `settings`: those of its unit, for which systemd
/// makes directories.
pub fn mountable(candidate: Candidate, tree: Tree<'_>, settings: &Settings) -> Option<Candidate> {
    let setting = match &candidate.change {
        Change::Add(setting @ (Setting::BindPaths | Setting::BindReadOnlyPaths), values)
            if !values
                .iter()
                .any(|value| value.to_string().starts_with('-')) =>
        {
            *setting
        }
        _ => return Some(candidate),
    };
    let made = made(settings);
    let is_made = |path: &str| made.iter().any(|made| below(path, made).is_some());
    let missing = bound(&candidate.change)
        .find(|path| path.starts_with('/') && !tree.has(path) && !is_made(path));
    let Some(missing) = missing else {
        return Some(candidate);
    };
    if setting != Setting::BindPaths {
        return None;
    }
    let mut above = missing.as_str();
    while !tree.has(above) {
        (above, _) = above.rsplit_once('/')?;
    }
    // Nobody needs the whole machine.
    (!above.is_empty()).then(|| {
        let change = Change::Add(setting, vec![above.into()]);
        Candidate::of(change, candidate.why)
    })
}

/// The directories that systemd makes for a unit, those of a dynamic user included.
fn made(settings: &Settings) -> Vec<String> {
    let mut made = Vec::new();
    for kind in ExecDirectories::ALL {
        for directory in kind.of(settings) {
            let within = directory.path.strip_prefix(kind.parent());
            let within = within.unwrap_or_default().trim_start_matches('/');
            made.push(format!("{}/private/{within}", kind.parent()));
            made.push(directory.path);
        }
    }
    made
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;

    #[test]
    fn a_bind_has_a_source() -> Result<()> {
        let dir = tempfile::tempdir()?;
        std::fs::create_dir_all(dir.path().join("srv/app"))?;
        let tree = Tree {
            root: dir.path(),
            with: &[],
            store: "/nix/store".as_ref(),
        };
        let settings = Settings::from_iter([("StateDirectory", "app")]);
        let of = |setting, value: &str| {
            let change = Change::Add(setting, vec![value.into()]);
            mountable(Candidate::of(change, ""), tree, &settings).map(|it| it.change)
        };
        let bind = |setting, value: &str| Some(Change::Add(setting, vec![value.into()]));
        let (read, write) = (Setting::BindReadOnlyPaths, Setting::BindPaths);
        for (value, expected) in [
            ("/srv/app", Some("/srv/app")),
            ("/srv/app/new/er", Some("/srv/app")),
            ("/opt/app", None),
            ("/var/lib/app", Some("/var/lib/app")),
            ("/var/lib/private/app/x", Some("/var/lib/private/app/x")),
            ("-/opt/app", Some("-/opt/app")),
        ] {
            let expected = expected.and_then(|path| bind(write, path));
            assert_eq!(of(write, value), expected, "{value}");
        }
        assert_eq!(of(read, "/srv/app/new"), None);
        assert_eq!(of(read, "/srv"), bind(read, "/srv"));
        Ok(())
    }
}
