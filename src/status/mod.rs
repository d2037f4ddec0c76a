//! The running system compared with a bundle: what its services really have, and what the bundle plans for them.
//!
//! systemd tells which files a unit consists of, and the kernel what each process has mounted. Nothing is changed, and nothing is printed.

mod files;
mod find;
mod kind;
mod left_over;
mod namespaces;
mod of_user;
mod processes;
mod root;
mod since;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};
use rayon::prelude::*;
use serde::Serialize;

use crate::bundle::{Bundle, BundleService};
use crate::document::is_absent;
use crate::root::MountTable;
use crate::service::UnitName;
use crate::store::StorePath;
use crate::systemd::Specifiers;

use of_user::of_user;

pub use find::{bundle_of_this_system, bundle_of_users};
pub use kind::Kind;
pub use since::utc;

use crate::host::{
    units::{self, Unit},
    user,
};

/// The comparison of a running system with a bundle.
#[derive(Debug, Default, Serialize)]
pub struct Status {
    /// Every service of the bundle, with the loaded instances of its templates.
    pub services: BTreeMap<UnitName, Service>,
    /// What differs besides services.
    pub differences: Vec<Difference>,
    /// What could not be compared, and why.
    pub unseen: BTreeSet<String>,
}

/// A service of the running system.
#[derive(Debug, Default, Serialize)]
pub struct Service {
    /// Its state (`ActiveState`); empty for a template.
    pub state: String,
    /// Since when it has been active, in seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
    /// How many processes it has.
    pub processes: usize,
    /// What differs from the bundle.
    pub differences: Vec<Difference>,
    /// Whether a process has a root for which the bundle plans a view.
    #[serde(skip)]
    sees_view: bool,
}

/// A difference between the running system and the bundle.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// What kind.
    pub kind: Kind,
    /// What exactly.
    pub detail: String,
}

impl Difference {
    fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
        }
    }
}

impl Status {
    /// All differences, each with its service.
    pub fn differences(&self) -> impl Iterator<Item = (Option<&UnitName>, &Difference)> {
        let of_services = self.services.iter().flat_map(|(name, service)| {
            let differences = service.differences.iter();
            differences.map(move |difference| (Some(name), difference))
        });
        of_services.chain(self.differences.iter().map(|difference| (None, difference)))
    }
}

/// Keeps so many differences of a kind: a process can have a hundred thousand mounts.
const MOST: usize = 20;

/// Replaces differences that are too many by their number. They are sorted by kind.
fn shorten(differences: &mut Vec<Difference>) {
    let mut kept = Vec::with_capacity(differences.len());
    for same in differences.chunk_by(|one, other| one.kind == other.kind) {
        kept.extend(same.iter().take(MOST).cloned());
        if let Some(more) = same.get(MOST..).filter(|more| !more.is_empty()) {
            let detail = format!("and {} more", more.len());
            kept.push(Difference::new(same[0].kind, detail));
        }
    }
    *differences = kept;
}

/// A path of a service that is not there any more.
fn deleted(path: &StorePath) -> Difference {
    let detail = format!("it needs {path}, which has been deleted from the store");
    Difference::new(Kind::PathDeleted, detail)
}

/// The paths of a bundle that this machine's store lacks.
fn lacking(bundle: &Bundle) -> BTreeSet<&StorePath> {
    let paths = bundle.paths.par_iter().map(|(path, _)| path);
    let is_lacking = |path: &&StorePath| {
        fs::symlink_metadata(path.as_str()).is_err_and(|error| is_absent(&error))
    };
    paths.filter(is_lacking).collect()
}

/// What is the same for all services.
struct Compared<'a> {
    bundle: &'a Bundle,
    host: &'a MountTable,
    unit_path: &'a [PathBuf],
    lacking: &'a BTreeSet<&'a StorePath>,
    /// What the manager puts in place of specifiers, if it is that of the user.
    of_user: Option<BTreeMap<char, String>>,
}

/// Compares the running system with a bundle. Fails if no systemd answers.
pub fn status(bundle: &Bundle) -> Result<Status> {
    let host = processes::table_of("1")?;
    let manager = bundle.manager;
    let of_user = if manager.is_system() {
        None
    } else {
        user::runtime_directory()?;
        Some(user::specifiers(units::version(manager)?)?)
    };
    let unit_path = units::unit_path(manager)?;
    let (templates, names): (Vec<_>, Vec<_>) =
        bundle.services.keys().partition(|name| name.is_template());
    let instances = units::instances(manager, &templates)?;
    let instances = instances
        .iter()
        .filter(|name| !bundle.services.contains_key(*name));
    let shown: Vec<&UnitName> = names.into_iter().chain(instances).collect();
    let units = units::show(manager, &shown)?;
    let lacking = lacking(bundle);
    let is_unknown = |unit: &Unit| unit.load == "not-found";
    if !units.is_empty() && units.iter().all(is_unknown) && lacking.len() == bundle.paths.len() {
        bail!(
            "this machine has none of the units of the bundle, and none of its store paths: it is the bundle of another machine; name that of this one"
        );
    }
    let compared = Compared {
        bundle,
        host: &host,
        unit_path: &unit_path,
        lacking: &lacking,
        of_user,
    };
    let services: Vec<_> = shown
        .par_iter()
        .zip(&units)
        .map(|(name, unit)| {
            let (service, unseen) = compared.service(name, unit);
            ((*name).clone(), service, unseen)
        })
        .collect();
    let mut status = Status::default();
    for (name, service, unseen) in services {
        status.services.insert(name, service);
        status.unseen.extend(unseen);
    }
    for template in templates {
        let (differences, unseen) = files::of_template(template, &compared);
        let service = Service {
            differences,
            ..Service::default()
        };
        status.services.insert(template.clone(), service);
        status.unseen.extend(unseen);
    }
    status.differences = left_over::differences(&compared, &status.services, &mut status.unseen);
    Ok(status)
}

impl Compared<'_> {
    /// What the bundle plans for a unit: its own service, or that of its template.
    fn planned(&self, name: &UnitName) -> Option<&BundleService> {
        let services = &self.bundle.services;
        let template = || services.get(&name.template()?);
        services.get(name).or_else(template)
    }

    /// What the bundle plans for the root of a service, whose manager may be that of the user.
    fn for_root(&self, name: &UnitName, planned: &BundleService) -> BundleService {
        let Some(values) = &self.of_user else {
            return planned.resolved(name);
        };
        let own = BundleService {
            confinement: of_user(&planned.confinement),
            settings: of_user(&planned.settings),
            ..planned.clone()
        };
        own.resolved_with(&Specifiers::of(name).of_user(values))
    }

    fn service(&self, name: &UnitName, unit: &Unit) -> (Service, BTreeSet<String>) {
        let mut unseen = BTreeSet::new();
        let mut differences = Vec::new();
        let mut processes = 0;
        let mut sees_view = false;
        if let Some(service) = self.planned(name) {
            let planned = service.resolved(name);
            differences.extend(files::of_unit(name, unit, &planned, &mut unseen));
            let running = processes::of(unit, &self.bundle.store_dir, &mut unseen);
            processes = running.count;
            let mut tables = running.tables.iter();
            sees_view = planned.strategy.is_view()
                && tables.any(|table| !root::is_of_host(table, self.host));
            let for_root = self.for_root(name, service);
            differences.extend(self.running(name, &for_root, &running));
            let closure = &self.bundle.closures[&planned.closure].paths;
            let lacking = closure.iter().filter(|path| self.lacking.contains(path));
            differences.extend(lacking.map(deleted));
        }
        differences.sort();
        differences.dedup();
        shorten(&mut differences);
        let service = Service {
            state: unit.active.clone(),
            since: unit.since.filter(|_| processes > 0),
            processes,
            differences,
            sees_view,
        };
        (service, unseen)
    }

    fn running(
        &self,
        name: &UnitName,
        planned: &BundleService,
        running: &processes::Running,
    ) -> Vec<Difference> {
        let mut differences: Vec<_> = running.deleted.iter().map(deleted).collect();
        let expected = root::Expected::new(self.bundle, name, planned);
        for table in &running.tables {
            let found = expected.compare(table, self.host);
            differences.extend(found.into_iter().map(|difference| match difference.kind {
                Kind::MountAdded if running.may_mount => Difference::new(
                    Kind::MountAdded,
                    format!(
                        "{} (the service may have mounted it: it has CAP_SYS_ADMIN)",
                        difference.detail
                    ),
                ),
                _ => difference,
            }));
        }
        // What a service mounts for itself in a namespace of its own is not planned, and shows nothing that it does not have anyway.
        let own = running.own_tables.iter();
        let with_host = own.filter(|table| root::is_of_host(table, self.host));
        differences.extend(with_host.flat_map(|table| expected.compare(table, self.host)));
        differences
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_differences_of_a_kind_are_counted() {
        let of = |kind, count: usize| {
            (0..count).map(move |number| Difference::new(kind, format!("{number:03}")))
        };
        let mut differences: Vec<_> = of(Kind::UnitMissing, MOST)
            .chain(of(Kind::MountAdded, MOST + 7))
            .collect();
        shorten(&mut differences);
        assert_eq!(differences.len(), 2 * MOST + 1);
        let last = differences.last().map(|last| (last.kind, &*last.detail));
        assert_eq!(last, Some((Kind::MountAdded, "and 7 more")));
    }
}
