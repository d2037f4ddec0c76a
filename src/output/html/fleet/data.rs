//! The data for the script of the page: which services of which hosts reach which packages, and what was found.
//!
//! Store paths of the same name whose references are the same count as one: hosts differ in hashes more than in what they see.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use anyhow::Result;
use serde::Serialize;

use super::FleetPage;
use super::sets::Hosts;
use crate::bundle::Bundle;
use crate::code::Level;
use crate::output::folded_cause::FoldedCause;
use crate::service::UnitName;
use crate::store::StorePath;
use crate::text::{Html, Text};

/// A unit, its closure roots as pairs of option and path, and the set of hosts that have it so.
type Use = (usize, Vec<(usize, usize)>, usize);

/// Units with the hosts that have a finding about them.
type Found = BTreeMap<usize, BTreeSet<usize>>;

/// Numbers stand for entries of the other lists.
#[derive(Serialize)]
pub struct Data<'a> {
    /// The names of paths, without hashes.
    names: Vec<&'a str>,
    references: Vec<Vec<usize>>,
    hosts: Vec<&'a str>,
    units: Vec<&'a str>,
    options: Vec<String>,
    /// What the hosts have.
    uses: Vec<Use>,
    /// For each finding that is shown: units with the set of hosts that have it.
    findings: Vec<Vec<(usize, usize)>>,
    /// The same for all that is denied, and for all warnings.
    denied: Vec<(usize, usize)>,
    warned: Vec<(usize, usize)>,
}

/// The data, with the sets of hosts, which are known last.
#[derive(Serialize)]
struct Whole<'a> {
    #[serde(flatten)]
    data: &'a Data<'a>,
    sets: Vec<&'a BTreeSet<usize>>,
}

impl<'a> Data<'a> {
    /// Collects the data. Findings are in the order of `causes`, as many as are shown.
    pub fn new(
        page: &FleetPage<'a>,
        causes: &[FoldedCause<'a>],
        shown: usize,
        hosts: &mut Hosts<'a>,
    ) -> Self {
        let all = page
            .hosts
            .iter()
            .flat_map(|(_, bundle)| bundle.services.keys());
        let units: BTreeSet<&UnitName> = all.collect();
        let numbers: BTreeMap<&UnitName, usize> = units.iter().copied().zip(0..).collect();
        let mut paths = Paths::default();
        let mut options: BTreeMap<String, usize> = BTreeMap::new();
        let mut uses: BTreeMap<_, BTreeSet<usize>> = BTreeMap::new();
        for (host, (_, bundle)) in page.hosts.iter().enumerate() {
            for (name, service) in &bundle.services {
                let roots = service.roots.iter().map(|root| {
                    let next = options.len();
                    let option = *options.entry(root.origin.option()).or_insert(next);
                    (option, paths.number(bundle, &root.path))
                });
                let roots: Vec<_> = roots.collect();
                uses.entry((numbers[name], roots)).or_default().insert(host);
            }
        }
        let uses = uses.into_iter();
        let uses = uses.map(|((unit, roots), on)| (unit, roots, hosts.set(on)));
        let uses = uses.collect();
        let mut found: Vec<Found> = Vec::new();
        let (mut denied, mut warned) = (Found::new(), Found::new());
        for (index, cause) in causes.iter().enumerate() {
            let mut own = Found::new();
            let all = if cause.level() == Level::Deny {
                &mut denied
            } else {
                &mut warned
            };
            for service in cause.named() {
                if let Some(unit) = numbers.get(&service.unit)
                    && let Some(host) = service.host.as_ref().and_then(|host| hosts.number(host))
                {
                    all.entry(*unit).or_default().insert(host);
                    own.entry(*unit).or_default().insert(host);
                }
            }
            if index < shown {
                found.push(own);
            }
        }
        let mut sets = |found: Found| {
            let found = found.into_iter();
            found.map(|(unit, on)| (unit, hosts.set(on))).collect()
        };
        let (denied, warned) = (sets(denied), sets(warned));
        let findings = found.into_iter().map(sets).collect();
        let mut named: Vec<_> = options.into_iter().collect();
        named.sort_by_key(|(_, number)| *number);
        Self {
            names: paths.names,
            references: paths.references,
            hosts: page.hosts.iter().map(|(host, _)| host.as_str()).collect(),
            units: units.into_iter().map(UnitName::as_str).collect(),
            options: named.into_iter().map(|(option, _)| option).collect(),
            uses,
            findings,
            denied,
            warned,
        }
    }

    /// The data as JSON that is safe in a script element.
    pub fn json(&self, hosts: &Hosts) -> Result<Text<Html>> {
        Text::json(&Whole {
            data: self,
            sets: hosts.sets(),
        })
    }
}

/// Store paths, those that are alike once.
#[derive(Default)]
struct Paths<'a> {
    names: Vec<&'a str>,
    references: Vec<Vec<usize>>,
    // The order of these maps is never visible.
    known: HashMap<&'a StorePath, usize>,
    alike: HashMap<(&'a str, Vec<usize>), usize>,
}

impl<'a> Paths<'a> {
    /// The number of a path of a bundle. References come before what refers to them; circular ones are left out.
    fn number(&mut self, bundle: &'a Bundle, path: &'a StorePath) -> usize {
        let mut entered = HashSet::new();
        let mut todo = vec![path];
        while let Some(path) = todo.pop() {
            if self.known.contains_key(path) {
                continue;
            }
            let info = bundle.paths.get(path);
            let references = info.map_or(&[][..], |info| &info.references);
            if entered.insert(path) {
                todo.push(path);
                todo.extend(
                    references
                        .iter()
                        .filter(|path| !self.known.contains_key(path)),
                );
                continue;
            }
            let mut numbers: Vec<_> = references
                .iter()
                .filter_map(|path| self.known.get(path).copied())
                .collect();
            numbers.sort_unstable();
            numbers.dedup();
            let next = self.names.len();
            let number = *self
                .alike
                .entry((path.name(), numbers.clone()))
                .or_insert(next);
            if number == next {
                self.names.push(path.name());
                self.references.push(numbers);
            }
            self.known.insert(path, number);
        }
        self.known[path]
    }
}
