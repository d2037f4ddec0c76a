//! Which services advisories are about.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::index::Index;
use super::{Components, Host, Status};
use crate::advisory::{Advisories, Advisory, Named, Presence, Verdict};
use crate::bundle::left_out_of;
use crate::service::HostService;
use crate::store::StorePath;
use crate::surface::{Executables, Surfaces};

/// What advisories say about the services of hosts.
pub struct Vex<'a> {
    /// How each advisory concerns them, by its id.
    pub answers: BTreeMap<&'a str, Answer<'a>>,
    /// What was left out of the files, each with its place and the reason.
    pub left_out: &'a [String],
}

/// How one advisory concerns the services.
pub struct Answer<'a> {
    /// What it says.
    pub advisory: &'a Advisory,
    /// The components of services that it is about. Services without any are not in the map.
    pub seen: BTreeMap<HostService, Vec<Seen<'a>>>,
    /// Why any service may have a component that was not found; `None` if none has.
    pub doubt: Option<String>,
}

/// A component of a service that an advisory is about.
#[derive(Debug)]
pub struct Seen<'a> {
    /// Its store path.
    pub path: &'a StorePath,
    /// What the advisory says of its version.
    pub verdict: Verdict,
    /// Its executables; `None` if its files are not on this machine.
    pub executables: Option<Executables>,
}

impl<'a> Vex<'a> {
    /// Compares advisories with the services of hosts. Looks at the files of the components that they name.
    pub fn new(
        hosts: &[Host<'a>],
        components: &Components<'a>,
        advisories: &'a Advisories,
    ) -> Result<Self> {
        let index = Index::new(components.iter().map(|(path, _)| path));
        let all = advisories.by_id.iter();
        let found: Vec<_> = all
            .map(|(id, advisory)| (id.as_str(), advisory, find(&index, advisory)))
            .collect();
        let named: BTreeSet<_> = found
            .iter()
            .flat_map(|(_, _, paths)| paths.keys().copied())
            .collect();
        let mut named: Vec<_> = named.into_iter().collect();
        let mut surfaces = Surfaces::default();
        for host in hosts {
            let is_own = |path: &&StorePath| host.bundle.paths.contains_key(*path);
            let (own, others): (Vec<_>, _) = named.into_iter().partition(is_own);
            named = others;
            surfaces.look_at(own, host.files)?;
        }
        let answers = found.iter().map(|(id, advisory, paths)| {
            let doubt = doubt(advisory, !paths.is_empty());
            let seen = BTreeMap::new();
            let answer = Answer {
                advisory,
                seen,
                doubt,
            };
            (*id, answer)
        });
        let mut answers: BTreeMap<_, Answer> = answers.collect();
        for host in hosts {
            for (name, service) in host.services() {
                let left = OnceCell::new();
                let left = || left.get_or_init(|| left_out_of(host.bundle, service));
                let closure = &host.bundle.closures[&service.closure].paths;
                for (id, _, paths) in &found {
                    let seen = paths
                        .iter()
                        .filter(|(path, _)| closure.binary_search(path).is_ok());
                    let seen: Vec<_> = seen
                        .map(|(path, verdict)| Seen {
                            path,
                            verdict: *verdict,
                            executables: surfaces.executables(path, left()),
                        })
                        .collect();
                    if let Some(answer) = answers.get_mut(id).filter(|_| !seen.is_empty()) {
                        answer.seen.insert(name.clone(), seen);
                    }
                }
            }
        }
        Ok(Self {
            answers,
            left_out: &advisories.left_out,
        })
    }

    /// Whether a service has an affected version of a component.
    pub fn affects_any(&self) -> bool {
        let mut answers = self.answers.values();
        answers.any(|answer| answer.worst() == Status::Affected)
    }
}

impl Answer<'_> {
    /// How the advisory concerns a service.
    pub fn status(&self, service: &HostService) -> Status {
        let seen = self.seen.get(service).map_or(&[][..], Vec::as_slice);
        worst(seen).max(self.least())
    }

    /// How it concerns the service that it concerns most.
    pub fn worst(&self) -> Status {
        let of_seen = self.seen.values().map(|seen| worst(seen));
        of_seen.fold(self.least(), Status::max)
    }

    /// Why something is unknown, each reason once.
    pub fn reasons(&self) -> BTreeSet<&str> {
        let seen = self.seen.values().flatten();
        let of_seen = seen.filter_map(|seen| seen.verdict.reason());
        of_seen.chain(self.doubt.as_deref()).collect()
    }

    /// How it concerns a service with none of the components.
    pub fn least(&self) -> Status {
        match self.doubt {
            Some(_) => Status::Unknown,
            None => Status::ComponentNotPresent,
        }
    }

    /// The services of hosts by how the advisory concerns them, the worst first.
    pub fn by_status(&self, hosts: &[Host]) -> Vec<(Status, Vec<HostService>)> {
        let mut all: BTreeMap<Status, Vec<_>> = BTreeMap::new();
        for (name, _) in hosts.iter().flat_map(Host::services) {
            all.entry(self.status(&name)).or_default().push(name);
        }
        all.into_iter().rev().collect()
    }
}

fn worst(seen: &[Seen]) -> Status {
    let all = seen.iter().map(|seen| Status::from(seen.verdict));
    all.max().unwrap_or(Status::ComponentNotPresent)
}

/// The store paths that an advisory is about. What it clearly says of one counts more than what it leaves open.
fn find<'a>(index: &Index<'a>, advisory: &Advisory) -> BTreeMap<&'a StorePath, Verdict> {
    let mut found: BTreeMap<&StorePath, Verdict> = BTreeMap::new();
    let products = advisory.products.iter();
    for (path, verdict) in products.flat_map(|product| index.find(product)) {
        let known = found.entry(path).or_insert(verdict);
        let is_clearer = match verdict {
            Verdict::Affected => true,
            Verdict::Unaffected => matches!(known, Verdict::Unknown(_)),
            Verdict::Unknown(_) => false,
        };
        if is_clearer {
            *known = verdict;
        }
    }
    found
}

/// Why a service may have a component that was not found in it; `None` if it does not have one. `is_found`: whether a component was
/// found in any service.
fn doubt(advisory: &Advisory, is_found: bool) -> Option<String> {
    if advisory.is_vague {
        let vague =
            "the advisory is also about products that it does not identify (see what was left out)";
        return Some(vague.to_owned());
    }
    let mut is_certain = is_found;
    let mut first = None;
    for product in &advisory.products {
        let (ecosystem, name) = match &product.named {
            Named::Package(ecosystem, name) => (ecosystem, name),
            Named::Path(base) => {
                return Some(format!(
                    "it was found in {base}, and the file does not tell where else it was looked for"
                ));
            }
        };
        match ecosystem.presence() {
            Presence::Inside => {
                return Some(format!(
                    "packages of {} such as {name} are parts of others, without a store path of their own",
                    ecosystem.name
                ));
            }
            Presence::Nixpkgs | Presence::Prefixed(_) => is_certain = true,
            Presence::Own | Presence::Distribution => {}
        }
        first.get_or_insert(name);
    }
    match first {
        Some(_) if is_certain => None,
        Some(name) => Some(format!(
            "no service sees a store path called {name}, and nixpkgs may call it otherwise (the package URL pkg:nix/NAME in an advisory is certain)"
        )),
        None => Some("the advisory names no package that can be looked for".to_owned()),
    }
}
