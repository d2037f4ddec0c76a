//! The names of executables, and which of them a word may stand for.

use std::collections::{BTreeSet, HashMap, HashSet};

use aho_corasick::AhoCorasick;
use anyhow::{Context, Result};

use super::words::is_word_byte;

/// The number of a name.
pub(super) type NameId = u32;

/// The names of all executables of some store paths, and the hashes of these.
pub(super) struct Names {
    hashes: HashSet<Box<str>>,
    /// Sorted.
    names: Vec<Box<str>>,
    ids: HashMap<Box<[u8]>, NameId>,
    /// The names from their ends, sorted, to find those with an ending.
    reversed: Vec<(Box<[u8]>, NameId)>,
    /// Which lengths of up to 63 bytes names that begin with a byte have, one bit each; the last bit is for longer ones.
    lengths: [u64; 256],
    all: AhoCorasick,
    /// Those that no word can be, because they have other characters than words have.
    odd: Option<(AhoCorasick, Vec<NameId>)>,
}

impl Names {
    /// `hashes`: of the store paths themselves.
    pub fn new<'h>(
        names: BTreeSet<String>,
        hashes: impl IntoIterator<Item = &'h str>,
    ) -> Result<Self> {
        let names: Vec<Box<str>> = names.into_iter().map(String::into_boxed_str).collect();
        let mut lengths = [0; 256];
        for name in &names {
            if let Some(first) = name.bytes().next() {
                lengths[usize::from(first)] |= 1 << name.len().min(63);
            }
        }
        let numbered = || (0..).zip(&names);
        let mut reversed: Vec<_> = numbered()
            .map(|(id, name)| (name.bytes().rev().collect(), id))
            .collect();
        reversed.sort_unstable();
        let odd = numbered().filter(|(_, name)| !name.bytes().all(is_word_byte));
        let (numbers, odd): (Vec<_>, Vec<_>) = odd.map(|(id, name)| (id, name.as_bytes())).unzip();
        let search =
            |names: &[&[u8]]| AhoCorasick::new(names).context("cannot search for so many names");
        Ok(Self {
            odd: if odd.is_empty() {
                None
            } else {
                Some((search(&odd)?, numbers))
            },
            all: search(&names.iter().map(|name| name.as_bytes()).collect::<Vec<_>>())?,
            ids: numbered()
                .map(|(id, name)| (name.as_bytes().into(), id))
                .collect(),
            reversed,
            lengths,
            names,
            hashes: hashes.into_iter().map(Into::into).collect(),
        })
    }

    /// The number of a name.
    pub fn find(&self, name: &[u8]) -> Option<NameId> {
        let lengths = self.lengths[usize::from(*name.first()?)];
        (lengths >> name.len().min(63) & 1 == 1)
            .then(|| self.ids.get(name).copied())
            .flatten()
    }

    /// The name with this number.
    pub fn name(&self, id: NameId) -> &str {
        self.names.get(id as usize).map_or("", |name| name)
    }

    /// The numbers of all names that begin so.
    pub fn beginning(&self, start: &str) -> impl Iterator<Item = NameId> {
        let first = self.names.partition_point(|name| **name < *start);
        let from = self.names[first..].iter();
        (0_u32..)
            .skip(first)
            .zip(
                from.take_while(move |name| name.starts_with(start))
                    .map(drop),
            )
            .map(|(id, ())| id)
    }

    /// The numbers of all names that end so.
    pub fn ending(&self, end: &[u8]) -> impl Iterator<Item = NameId> {
        let end: Vec<u8> = end.iter().rev().copied().collect();
        let first = self.reversed.partition_point(|(name, _)| **name < *end);
        let from = self.reversed[first..].iter();
        from.take_while(move |(name, _)| name.starts_with(&end))
            .map(|(_, id)| *id)
    }

    /// The numbers of all names that are anywhere in these bytes.
    pub fn anywhere(&self, bytes: &[u8], found: &mut BTreeSet<NameId>) {
        for at in self.all.find_overlapping_iter(bytes) {
            found.insert(at.pattern().as_u32());
        }
    }

    /// The numbers of the names anywhere in these bytes that no word can be.
    pub fn odd(&self, bytes: &[u8], found: &mut BTreeSet<NameId>) {
        if let Some((search, numbers)) = &self.odd {
            let all = search.find_overlapping_iter(bytes);
            found.extend(all.filter_map(|at| numbers.get(at.pattern().as_usize())));
        }
    }

    /// Whether one of the store paths has this hash.
    pub fn has_hash(&self, hash: &str) -> bool {
        self.hashes.contains(hash)
    }

    /// Whether there are such names.
    pub fn has_odd(&self) -> bool {
        self.odd.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_whole_by_beginning_by_end_and_anywhere() -> Result<()> {
        let names = ["[", "git", "git-add", "python3", "python3.11", "x-config"];
        let names = Names::new(names.map(str::to_owned).into(), [])?;
        let told =
            |ids: Vec<NameId>| -> Vec<&str> { ids.iter().map(|id| names.name(*id)).collect() };
        assert_eq!(names.find(b"git").map(|id| names.name(id)), Some("git"));
        assert_eq!(names.find(b"gi"), None);
        assert_eq!(told(names.beginning("git-").collect()), ["git-add"]);
        assert_eq!(
            told(names.beginning("py").collect()),
            ["python3", "python3.11"]
        );
        assert_eq!(told(names.ending(b"-config").collect()), ["x-config"]);
        let mut found = BTreeSet::new();
        names.anywhere(b"legit-adder", &mut found);
        assert_eq!(told(found.into_iter().collect()), ["git", "git-add"]);
        let mut found = BTreeSet::new();
        names.odd(b"if [ git", &mut found);
        assert_eq!(told(found.into_iter().collect()), ["["]);
        Ok(())
    }
}
