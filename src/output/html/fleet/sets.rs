//! Sets of hosts, each written once: most services of a fleet are on the same hosts as others.

use std::collections::{BTreeMap, BTreeSet};

use crate::service::HostName;

/// The hosts of a page by number, and the sets of them.
pub struct Hosts<'a> {
    numbers: BTreeMap<&'a HostName, usize>,
    known: BTreeMap<BTreeSet<usize>, usize>,
}

impl<'a> Hosts<'a> {
    /// The hosts, in the order of their numbers.
    pub fn new(hosts: impl Iterator<Item = &'a HostName>) -> Self {
        Self {
            numbers: hosts.zip(0..).collect(),
            known: BTreeMap::new(),
        }
    }

    /// The number of a host.
    pub fn number(&self, host: &HostName) -> Option<usize> {
        self.numbers.get(host).copied()
    }

    /// The number of a set of hosts.
    pub fn set(&mut self, hosts: BTreeSet<usize>) -> usize {
        let next = self.known.len();
        *self.known.entry(hosts).or_insert(next)
    }

    /// All sets, in the order of their numbers.
    pub fn sets(&self) -> Vec<&BTreeSet<usize>> {
        let mut sets: Vec<_> = self.known.iter().collect();
        sets.sort_by_key(|(_, number)| **number);
        sets.into_iter().map(|(set, _)| set).collect()
    }
}
