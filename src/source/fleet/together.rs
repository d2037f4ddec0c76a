//! Looks up the store paths of all hosts together, and builds what is missing.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, Error, Result};

use super::super::Request;
use super::super::graph::{query, recorded, wanted};
use super::super::request::closures_of;
use super::Made;
use super::evaluate::Prepared;
use super::members::Member;
use crate::interrupt;
use crate::nix::{self, Nix, Wanted};
use crate::progress::Progress;
use crate::service::{ClosureRoots, Services};
use crate::store::{Graph, NoFiles, StoreDir, StoreFiles, StorePath};
use crate::text::InLines;

/// The graph of the closure roots of several hosts, with the files of its store.
pub(super) struct Store<'n> {
    graph: Graph,
    files: Box<dyn StoreFiles + 'n>,
}

/// A host whose store paths are known.
pub(super) enum Ready<'n> {
    /// Its bundle is in this directory, with the request for it if its configuration makes it.
    Bundle(PathBuf, Option<Box<Request>>),
    /// Its services, and where their store paths are.
    Services(
        Box<Request>,
        Box<Services>,
        Box<ClosureRoots>,
        Arc<Store<'n>>,
    ),
}

/// What a host needs of the store.
struct Needs {
    dir: StoreDir,
    wanted: Wanted,
}

impl Needs {
    /// `None` if its bundle exists, or if it failed.
    fn of(member: &Member<Prepared>) -> Result<Option<Self>> {
        let named_by = |unit: String| match &member.host {
            Some(host) => format!("{host}:{unit}"),
            None => unit,
        };
        Ok(match &member.content {
            Ok(Prepared::Services(_, services, roots)) => Some(Self {
                dir: services.store_dir.clone(),
                wanted: wanted(roots, |unit| named_by(unit.to_string())),
            }),
            Ok(Prepared::Own(_, text)) => {
                let option = "security.confinix.bundle";
                let path = StorePath::parse(&text.text).context(option)?;
                let mut needs = Self {
                    dir: StoreDir::parse(path.dir())?,
                    wanted: Wanted::default(),
                };
                let name = named_by(option.to_owned());
                needs.wanted.add(path, &name, text.installables());
                Some(needs)
            }
            Ok(Prepared::Bundle(_)) | Err(_) => None,
        })
    }
}

/// The hosts that need a store, by their place in the fleet, with why those that failed did.
struct Group<'s> {
    needs: BTreeMap<usize, &'s Needs>,
    failed: BTreeMap<usize, Error>,
}

impl Group<'_> {
    /// Builds or substitutes what the store lacks, for all hosts in one call. If that fails, for each host alone, so that it fails only
    /// those that need what can't be had.
    fn ensure_valid(&mut self, nix: &Nix, dir: &StoreDir, no_build: bool) -> Result<()> {
        let all = self.wanted();
        let Err(error) = nix::ensure_valid(nix, all, dir, no_build) else {
            return Ok(());
        };
        interrupt::check()?;
        if self.needs.len() == 1 {
            let only = self.needs.pop_first().map(|(index, _)| (index, error));
            self.failed.extend(only);
            return Ok(());
        }
        let mut broken: BTreeMap<StorePath, String> = BTreeMap::new();
        let mut failed = BTreeMap::new();
        for (index, needs) in &self.needs {
            interrupt::check()?;
            // What can't be built for one host is not tried again for another.
            let paths = needs.wanted.paths();
            let mut known = paths.iter().filter_map(|path| broken.get(path));
            let why = match known.next() {
                Some(why) => why.clone(),
                None => match nix::ensure_valid(nix, needs.wanted.clone(), dir, no_build) {
                    Ok(()) => continue,
                    Err(error) => format!("{error:#}"),
                },
            };
            let invalid = nix::invalid(nix, &paths, dir)?;
            broken.extend(invalid.into_iter().map(|path| (path, why.clone())));
            failed.insert(*index, Error::new(InLines(why)));
        }
        self.needs.retain(|index, _| !failed.contains_key(index));
        self.failed.extend(failed);
        Ok(())
    }

    fn wanted(&self) -> Wanted {
        let mut wanted = Wanted::default();
        for needs in self.needs.values() {
            wanted.merge(&needs.wanted);
        }
        wanted
    }
}

impl Request {
    /// Finds the store paths of all hosts.
    pub(super) fn together<'n>(
        &self,
        members: Vec<Member<Prepared>>,
        nix: &'n Nix<'n>,
    ) -> Result<Vec<Member<Ready<'n>>>> {
        let mut failed = BTreeMap::new();
        let needs = members.iter().enumerate().map(|(index, member)| {
            let needs = Needs::of(member);
            needs.unwrap_or_else(|error| {
                failed.insert(index, error);
                None
            })
        });
        let needs: Vec<_> = needs.collect();
        let is_own = |index: usize| matches!(members[index].content, Ok(Prepared::Own(..)));
        let mut by_store: BTreeMap<(&StoreDir, bool), BTreeMap<usize, &Needs>> = BTreeMap::new();
        for (index, needs) in needs.iter().enumerate() {
            if let Some(needs) = needs {
                let group = by_store.entry((&needs.dir, is_own(index))).or_default();
                group.insert(index, needs);
            }
        }
        let mut stores: BTreeMap<&StoreDir, Arc<Store<'n>>> = BTreeMap::new();
        for ((dir, is_own), needs) in by_store {
            let mut group = Group {
                needs,
                failed: BTreeMap::new(),
            };
            if is_own {
                group.ensure_valid(nix, dir, self.no_build)?;
            } else {
                stores.insert(dir, Arc::new(self.store(&mut group, dir, nix)?));
            }
            failed.extend(group.failed);
        }
        let stores: BTreeMap<StoreDir, _> = stores
            .into_iter()
            .map(|(dir, store)| (dir.clone(), store))
            .collect();
        let ready = members.into_iter().enumerate().map(|(index, member)| {
            let why = failed.remove(&index);
            member.map(|prepared| match (prepared, why) {
                (_, Some(why)) => Err(why),
                (Prepared::Bundle(dir), _) => Ok(Ready::Bundle(dir, None)),
                (Prepared::Own(request, text), _) => {
                    Ok(Ready::Bundle(text.text.into(), Some(request)))
                }
                (Prepared::Services(request, services, roots), _) => {
                    let store = stores.get(&services.store_dir);
                    let store = store.context("its store was not asked")?.clone();
                    Ok(Ready::Services(request, services, roots, store))
                }
            })
        });
        Ok(ready.collect())
    }

    /// The graph of the hosts of a group. One query is enough, unless the store lacks paths.
    fn store<'n>(&self, group: &mut Group, dir: &StoreDir, nix: &'n Nix<'n>) -> Result<Store<'n>> {
        if let Some(file) = &self.graph {
            return Ok(Store {
                graph: recorded(file, dir)?,
                files: Box::new(NoFiles),
            });
        }
        let files = nix::files(nix, dir);
        let ask = |group: &Group| query(nix, &group.wanted().paths(), dir, &*files);
        let graph = if let Ok(graph) = ask(group) {
            graph
        } else {
            // What is lacking is built, here or by another process meanwhile.
            group.ensure_valid(nix, dir, self.no_build)?;
            ask(group)?
        };
        Ok(Store { graph, files })
    }
}

impl Ready<'_> {
    /// Makes the bundle.
    pub fn made(self, progress: &Progress) -> Result<Made> {
        match self {
            Self::Bundle(dir, by) => Ok(Made::At(dir, by)),
            Self::Services(request, services, roots, store) => {
                if request.host.is_none() {
                    progress.step(&closures_of(&services, &store.graph));
                }
                let planned = request.make_with(&services, &roots, &store.graph, &*store.files)?;
                Ok(Made::Planned(Box::new(planned), request))
            }
        }
    }
}
