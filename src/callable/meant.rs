//! Which of the executables that stay are surely meant.
//!
//! Any word keeps an executable, but most words mean something else: a message of bash has `bashbug` in it. Whether a program runs what
//! nothing tells is asked only of those that the unit or a script names, or that a file has as a whole string or by their path.

use std::collections::{BTreeSet, HashMap};

use anyhow::Result;

use super::caller::Caller;
use super::executables::What;
use super::inventory::At;
use super::names::NameId;
use super::processes::{Libraries, runs_texts};
use super::search::Search;
use super::told::Why;
use super::words::of_text;
use crate::store::Beginning;

/// The executables that are surely meant, once a search is done.
pub(super) fn meant(
    search: &Search,
    callers: &[Caller],
    libraries: &Libraries,
) -> Result<BTreeSet<At>> {
    let inventory = search.inventory;
    let mut by_name: HashMap<NameId, Vec<At>> = HashMap::new();
    for at in search.kept.keys() {
        by_name
            .entry(inventory.paths[at.0].names[at.1])
            .or_default()
            .push(*at);
    }
    let mut meant = Meant {
        search,
        by_name,
        found: BTreeSet::new(),
        next: Vec::new(),
    };
    for (at, why) in &search.kept {
        if matches!(why, Why::Ran | Why::Given) {
            meant.add(*at);
        }
    }
    meant.paths(Why::Unit);
    for text in callers.iter().flat_map(|caller| &caller.texts) {
        meant.names(&of_text(text.as_bytes(), &inventory.names).names, None);
    }
    for path in &search.seen {
        meant.paths(Why::Files(*path));
        meant.names(&inventory.others(*path)?.said.exact, None);
    }
    while let Some(at) = meant.next.pop() {
        let (path, index) = at;
        meant.paths(Why::Executable(path, index));
        let own = Some(inventory.paths[path].names[index]);
        match inventory.executable(at).what {
            What::Link(_) => {}
            What::File(Beginning::Elf) => {
                for (name, part) in search.process(at, libraries)?.parts {
                    if !runs_texts(name) {
                        meant.names(&part.said.exact, own);
                    }
                }
            }
            What::File(_) => meant.names(&inventory.facts(at)?.said.names, own),
        }
    }
    Ok(meant.found)
}

struct Meant<'s, 'i, 'a> {
    search: &'s Search<'i, 'a>,
    by_name: HashMap<NameId, Vec<At>>,
    found: BTreeSet<At>,
    next: Vec<At>,
}

impl Meant<'_, '_, '_> {
    fn add(&mut self, at: At) {
        for at in [Some(at), self.search.inventory.file_of(at)]
            .into_iter()
            .flatten()
        {
            if self.found.insert(at) {
                self.next.push(at);
            }
        }
    }

    fn paths(&mut self, why: Why) {
        for at in self.search.by_path.get(&why).into_iter().flatten() {
            self.add(*at);
        }
    }

    /// `own`: the name of what has these names, which means itself.
    fn names(&mut self, names: &BTreeSet<NameId>, own: Option<NameId>) {
        for name in names {
            if Some(*name) != own {
                for at in self.by_name.get(name).cloned().unwrap_or_default() {
                    self.add(at);
                }
            }
        }
    }
}
