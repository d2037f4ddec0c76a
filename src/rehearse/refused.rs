//! Changes that can't be made on the stage, or that keep each other from working.

use std::collections::BTreeSet;

use super::candidates::{Candidate, bound};
use super::case::Case;
use super::trials::Trials;
use crate::observe::Failures;
use crate::store::below;

impl Case<'_> {
    /// Gives up binds that keep a service from starting, because systemd can't mount them, or something in what they show: systemd 257
    /// and newer can't mount its files of the host in a /run that it shows. Without them, the service has yet to be tried.
    pub fn refuse_unmountable(&mut self, trials: &Trials) {
        let paths: Vec<&str> = trials.journal().filter_map(missing).collect();
        let is_named = |bound: &str| paths.iter().any(|path| below(path, bound).is_some());
        self.has_fewer = self.refuse(|candidate| {
            let mut paths = bound(&candidate.change);
            paths.any(|path| is_named(&path))
        });
    }

    /// Gives up binds of files in a directory that is bound itself: a file that is a mount point can't be replaced.
    pub fn refuse_below(&mut self, directory: &str) {
        self.refuse(|candidate| {
            let mut paths = bound(&candidate.change);
            paths.any(|path| below(&path, directory).is_some_and(|rest| !rest.is_empty()))
        });
    }

    fn refuse(&mut self, is_refused: impl Fn(&Candidate) -> bool) -> bool {
        let all = std::mem::take(&mut self.candidates);
        let (refused, kept): (Vec<_>, Vec<_>) = all.into_iter().partition(is_refused);
        self.candidates = kept;
        let has_fewer = !refused.is_empty();
        self.refused.extend(refused);
        has_fewer
    }
}

/// Directories in which a file could not be replaced, because it is a mount point.
pub fn replaced_in(failures: &Failures) -> BTreeSet<String> {
    let busy = failures
        .calls
        .iter()
        .filter(|failure| failure.errno == "EBUSY" && failure.call.starts_with("rename"));
    let directories = busy.filter_map(|failure| {
        let (directory, _) = failure.path.as_ref()?.rsplit_once('/')?;
        (!directory.is_empty()).then(|| directory.to_owned())
    });
    directories.collect()
}

/// The path that systemd could not mount, in the root of the service: `Failed to set up mount namespacing: /run/confinement/x/tmp/y: No
/// such file or directory`.
fn missing(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("mount namespacing: ")?;
    let (path, _) = rest.rsplit_once(": ")?;
    match path.strip_prefix("/run/confinement/") {
        Some(within) => within.find('/').map(|start| &within[start..]),
        None => Some(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Change;
    use crate::rehearse::case::Found;
    use crate::rehearse::trial::Trial;
    use crate::rehearse::unit::tests::service;
    use crate::service::UnitName;
    use crate::systemd::Setting;

    #[test]
    fn what_is_missing_is_told_in_the_root_of_the_service() {
        let said = |path: &str| {
            format!(
                "x.service: Failed to set up mount namespacing: {path}: No such file or directory"
            )
        };
        for (path, expected) in [
            ("/run/confinement/x/tmp/y", Some("/tmp/y")),
            (
                "/run/host/.os-release-stage/",
                Some("/run/host/.os-release-stage/"),
            ),
            ("/run/confinement/x", None),
        ] {
            assert_eq!(missing(&said(path)), expected);
        }
        assert_eq!(missing("x.service: Failed"), None);
    }

    #[test]
    fn a_bind_whose_source_is_missing_is_given_up_for_good() -> anyhow::Result<()> {
        let original = service("{}")?;
        let bind = |setting, value: &str| {
            Candidate::of(Change::Add(setting, vec![value.to_owned().into()]), "")
        };
        let lost = bind(Setting::BindReadOnlyPaths, "/srv/a");
        let below = bind(Setting::BindPaths, "/srv/b/c");
        let around = bind(Setting::BindPaths, "/srv/b");
        let other = bind(Setting::BindReadOnlyPaths, "/srv/aa");
        let control = Trials::default();
        let all = vec![lost.clone(), below.clone(), around.clone(), other.clone()];
        let mut case = Case::new(&original, &control, None, None, Found::default());
        assert!(case.add(all));
        let trial = Trial {
            journal: ["/srv/a", "/run/confinement/x/srv/b/d"]
                .map(|path| {
                    format!("x.service: Failed to set up mount namespacing: {path}: No such file or directory")
                })
                .into(),
            ..Trial::default()
        };
        let trials = [(UnitName::parse("x.service")?, trial)];
        case.refuse_unmountable(&Trials::of(trials.into()));
        assert_eq!(case.candidates, [below.clone(), other.clone()]);
        assert!(!case.add(vec![lost, around]));
        case.refuse_unmountable(&Trials::default());
        assert_eq!(case.candidates, [below, other]);
        Ok(())
    }

    #[test]
    fn a_bind_shows_its_source() {
        let values = vec!["-/run/a:/run/b".into(), "/etc/c".into()];
        let change = Change::Add(Setting::BindPaths, values);
        assert_eq!(bound(&change).collect::<Vec<_>>(), ["/run/a", "/etc/c"]);
    }
}
