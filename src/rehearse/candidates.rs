//! Changes that may make a service behave as it does without confinement.

use std::collections::BTreeMap;

use anyhow::Result;

use super::mountable::mountable;
use super::tree::Tree;
use crate::bundle::Bundle;
use crate::change::{self, Change, Value};
use crate::config::ProgramTable;
use crate::finding::{Confined, Foreseen, Remedy};
use crate::foresight::{Need, foresee, meet};
use crate::inspect::Known;
use crate::service::UnitName;
use crate::store::{Package, StoreDir, StoreFiles};
use crate::systemd::Setting;

/// A change to try.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The change.
    pub change: Change,
    /// Why it is tried, in words that follow a colon.
    pub why: String,
    /// What the service gains by it beyond what it was seen to need; `None` if that is little.
    pub gives_up: Option<&'static str>,
}

/// The same change is the same candidate, whatever led to it.
impl PartialEq for Candidate {
    fn eq(&self, other: &Self) -> bool {
        self.change == other.change
    }
}

impl Eq for Candidate {}

impl Candidate {
    /// Weighs a change.
    pub fn of(change: Change, why: impl Into<String>) -> Self {
        let gives_up = gives_up(&change);
        Self {
            change,
            why: why.into(),
            gives_up,
        }
    }

    /// A directory of the host that the service can write to.
    pub fn writable(directory: &str) -> Self {
        let change = Change::Add(Setting::BindPaths, vec![directory.into()]);
        Self::of(change, format!("it replaces a file in {directory}"))
    }

    /// The order in which candidates are left out if they are not needed: a store path that stands for one version of a package before
    /// its package.
    pub fn rank(&self) -> usize {
        let is_version = |package: &change::Package| package.attribute.is_none();
        match &self.change {
            Change::Packages(packages) if packages.iter().any(is_version) => 0,
            Change::Path(packages) if packages.iter().any(is_version) => 0,
            _ => 1,
        }
    }
}

/// What a setting gives up that is switched off, or a directory that is shown.
fn gives_up(change: &Change) -> Option<&'static str> {
    let is_bound = |change: &Change| {
        matches!(
            change,
            Change::Set {
                name: Setting::CapabilityBoundingSet,
                ..
            }
        )
    };
    match change {
        Change::Set {
            name: Setting::PrivateUsers,
            value: Value::Text(_),
            ..
        } => Some("the service shares the users of the host, but none of its capabilities"),
        Change::Settings(changes) if changes.iter().any(is_bound) => {
            Some("the service shares the users of the host, and some of its capabilities")
        }
        Change::Set {
            name,
            value: Value::Switch(false),
            ..
        } => Some(match name {
            Setting::PrivateUsers => "the service shares the users and capabilities of the host",
            Setting::PrivateDevices => "the service sees all devices of the host",
            _ => "a protection of the service is switched off",
        }),
        Change::Add(..) => bound(change)
            .any(|path| path.matches('/').count() < 2)
            .then_some("the service sees a whole top directory of the host"),
        Change::Settings(changes) => changes.iter().find_map(gives_up),
        _ => None,
    }
}

/// The paths of the host that a change shows.
pub fn bound(change: &Change) -> impl Iterator<Item = String> {
    let values = match change {
        Change::Add(Setting::BindPaths | Setting::BindReadOnlyPaths, values) => values.as_slice(),
        _ => &[],
    };
    values.iter().map(|value| {
        let value = value.to_string();
        let path = value.trim_start_matches('-').split(':').next();
        path.unwrap_or_default().to_owned()
    })
}

/// Where candidates come from: a store, and what is known about its programs.
pub struct Source<'a> {
    /// The files of the store.
    pub files: &'a dyn StoreFiles,
    /// What is known about them.
    pub known: &'a Known,
    /// What programs do.
    pub programs: &'a ProgramTable,
    /// The store paths of packages, by name.
    pub packages: &'a BTreeMap<String, String>,
    /// The files that services see.
    pub tree: Tree<'a>,
}

impl Source<'_> {
    /// What foresight would change in a service of a bundle.
    pub fn foreseen(&self, bundle: &Bundle, name: &UnitName) -> Result<Vec<Candidate>> {
        self.confined(bundle, name, |confined| {
            let foreseen = foresee(confined, self.files, self.known, self.programs)?;
            let with_why = |one: &Foreseen| {
                let why = format!("{}: {}", one.code, one.draft.message);
                let first = fixes(&one.draft.remedies).next().into_iter().flatten();
                first
                    .map(|change| (change, why.clone()))
                    .collect::<Vec<_>>()
            };
            Ok(foreseen.iter().flat_map(with_why).collect())
        })
    }

    /// What would meet needs of a service; of each need with how many of its remedies have been tried.
    pub fn meeting(
        &self,
        bundle: &Bundle,
        name: &UnitName,
        needs: &[(Need, usize)],
    ) -> Result<Vec<Candidate>> {
        self.confined(bundle, name, |confined| {
            let asked: Vec<_> = needs.iter().map(|(need, _)| need.clone()).collect();
            let met = meet(confined, self.files, self.known, self.programs, &asked)?;
            let mut changes = Vec::new();
            for ((need, tried), remedies) in needs.iter().zip(met) {
                let mut fixes = fixes(&remedies);
                let fix = fixes
                    .nth(*tried)
                    .or_else(|| plainly(need, &bundle.store_dir));
                let with_why = fix.into_iter().flatten().map(|fix| (fix, need.to_string()));
                changes.extend(with_why);
            }
            Ok(changes)
        })
    }

    fn confined(
        &self,
        bundle: &Bundle,
        name: &UnitName,
        look: impl FnOnce(&Confined) -> Result<Vec<(Change, String)>>,
    ) -> Result<Vec<Candidate>> {
        let service = bundle.services[name].resolved(name);
        let confined = Confined {
            bundle,
            name,
            service: &service,
        };
        let changes = look(&confined)?;
        let find = |attribute: &str| self.packages.get(attribute).cloned();
        let alone = |(change, why): &(Change, String)| {
            let alone = change.with_paths(&find).alone().into_iter();
            alone
                .map(|change| Candidate::of(change, why))
                .collect::<Vec<_>>()
        };
        let candidates = changes.iter().flat_map(alone);
        Ok(candidates
            .filter_map(|candidate| mountable(candidate, self.tree, &service.settings))
            .collect())
    }
}

fn fixes(remedies: &[Remedy]) -> impl Iterator<Item = Vec<Change>> {
    remedies.iter().filter_map(|remedy| match remedy {
        Remedy::Fix { changes, .. } => Some(changes.list.clone()),
        Remedy::Policy(_) | Remedy::Script { .. } => None,
    })
}

/// What meets a need without knowledge about the path. A file of a store path alone would lack what it refers to.
fn plainly(need: &Need, store: &StoreDir) -> Option<Vec<Change>> {
    let optional;
    let (setting, path) = match need {
        Need::Read(path) | Need::Execute(path) => (Setting::BindReadOnlyPaths, path.as_str()),
        Need::Connect(path) => {
            optional = format!("-{path}");
            (Setting::BindReadOnlyPaths, optional.as_str())
        }
        Need::Write(path) => (Setting::BindPaths, path.as_str()),
        Need::Create(path) | Need::CreateDirectory(path) => {
            let (parent, _) = path.rsplit_once('/')?;
            (Setting::BindPaths, parent)
        }
        Need::Users | Need::LowPort | Need::Home => return None,
    };
    let is_plain = store.owner(path).is_none()
        && !path.is_empty()
        && !path.contains(|c: char| c.is_control() || c == ':' || c == '%');
    is_plain.then(|| vec![Change::Add(setting, vec![path.into()])])
}

/// The packages in a store that have programs, by name. Of several versions, one that the bundle has comes first, then the last in
/// alphabetical order: the configuration names the package, not the path.
pub fn packages(files: &dyn StoreFiles, bundle: &Bundle) -> Result<BTreeMap<String, String>> {
    let dir = &bundle.store_dir;
    let mut packages: BTreeMap<String, (bool, String, String)> = BTreeMap::new();
    for base in files.list(dir.as_str())?.into_iter().flatten() {
        let Ok(path) = dir.join(&base) else { continue };
        if files.list(&format!("{path}/bin"))?.is_none() {
            continue;
        }
        let package = Package::parse(path.name());
        let is_known = bundle.paths.contains_key(&path);
        let found = (is_known, package.version.to_owned(), path.to_string());
        let best = packages.entry(package.name.to_owned()).or_default();
        if found > *best {
            *best = found;
        }
    }
    let paths = packages
        .into_iter()
        .map(|(name, (_, _, path))| (name, path));
    Ok(paths.collect())
}
