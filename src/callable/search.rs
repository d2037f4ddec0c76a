//! The search: from the commands of services to all that they can call.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use anyhow::Result;

use super::caller::Caller;
use super::executables::What;
use super::inventory::{At, Inventory};
use super::names::NameId;
use super::places::Place;
use super::told::{Called, Why};
use super::untold::untold;
use super::words::of_text;
use crate::store::{Beginning, Entry, StorePath};

/// A search in one closure.
pub(super) struct Search<'i, 'a> {
    pub inventory: &'i Inventory<'a>,
    closure: HashSet<usize>,
    /// The names that files name.
    words: HashMap<NameId, Why>,
    /// The executables in directories that are named, by name: they stay once their name is named.
    waiting: HashMap<NameId, Vec<At>>,
    opened: BTreeSet<(usize, String)>,
    /// The store paths whose files can be read.
    pub seen: BTreeSet<usize>,
    seen_now: Vec<usize>,
    pub kept: BTreeMap<At, Why>,
    /// The executables that are named by their paths, by what names them.
    pub by_path: BTreeMap<Why, BTreeSet<At>>,
    kept_now: Vec<At>,
    /// The store paths whose helpers stay.
    helped: HashSet<usize>,
    /// The programs in ELF whose names do not count yet, because they seem to execute nothing.
    pub quiet: BTreeSet<At>,
    /// The store paths whose names do not count yet, because nothing executes anything.
    unread: BTreeSet<usize>,
    pub executes: bool,
}

impl Inventory<'_> {
    /// Searches what these services can call in a closure that they have in common.
    pub fn called(&self, closure: &[&StorePath], callers: &[Caller]) -> Result<Called> {
        let closure = self.numbers(closure);
        let mut search = Search {
            inventory: self,
            closure: closure.iter().copied().collect(),
            words: HashMap::new(),
            waiting: HashMap::new(),
            opened: BTreeSet::new(),
            seen: BTreeSet::new(),
            seen_now: Vec::new(),
            kept: BTreeMap::new(),
            by_path: BTreeMap::new(),
            kept_now: Vec::new(),
            helped: HashSet::new(),
            quiet: BTreeSet::new(),
            unread: BTreeSet::new(),
            executes: false,
        };
        for caller in callers {
            search.start(caller)?;
        }
        search.run()?;
        let untold = untold(&search, callers)?;
        Ok(Called {
            untold,
            kept: search.kept,
            closure,
        })
    }

    /// Whether an executable is of a kind that may be hidden.
    pub(super) fn is_hidable(&self, at: At) -> bool {
        let executable = self.executable(at);
        let is_elf = |at: At| self.executable(at).what == What::File(Beginning::Elf);
        let is_program = || self.file_of(at).is_some_and(is_elf);
        !executable.below.is_empty() && (executable.is_in_place() || is_program())
    }
}

impl Search<'_, '_> {
    fn start(&mut self, caller: &Caller) -> Result<()> {
        // As systemd splits them: `\x20` and quotes may be in the text of a line.
        let commands = caller.commands.iter();
        let words = commands.flat_map(|command| command.arguments.iter().chain([&command.program]));
        let texts = caller.texts.iter().copied();
        for text in texts.chain(words.map(String::as_str)) {
            let said = of_text(text.as_bytes(), &self.inventory.names);
            for (hash, rest) in &said.paths {
                self.mention(hash, rest, Why::Unit)?;
            }
            self.hear(&said.names, Why::Unit);
        }
        for text in &caller.settings {
            for (hash, rest) in &of_text(text.as_bytes(), &self.inventory.names).paths {
                self.mention(hash, rest, Why::Unit)?;
            }
        }
        for path in caller.named.iter().chain(&caller.given) {
            self.open_all(path);
        }
        for path in &caller.given {
            let path = self.inventory.find(path.hash());
            for at in path.into_iter().flat_map(|path| self.inventory.all(path)) {
                self.keep(at, Why::Given);
            }
        }
        for at in caller.ran.iter().filter_map(|file| self.inventory.at(file)) {
            self.keep(at, Why::Ran);
        }
        Ok(())
    }

    fn open_all(&mut self, path: &StorePath) {
        if let Some(at) = self.inventory.find(path.hash()) {
            self.open(at, "");
        }
    }

    /// Goes on until nothing more is found.
    fn run(&mut self) -> Result<()> {
        loop {
            if let Some(at) = self.kept_now.pop() {
                self.follow(at)?;
            } else if let Some(path) = self.seen_now.pop() {
                self.read(path)?;
            } else if !self.hear_programs()? && !self.hear_files()? {
                return Ok(());
            }
        }
    }

    /// What an executable that stays leads to and names.
    fn follow(&mut self, at: At) -> Result<()> {
        let inventory = self.inventory;
        let (path, index) = at;
        let of_path = &inventory.paths[path];
        let executable = &of_path.executables[index];
        let why = Why::Executable(path, index);
        self.see(path);
        // Helpers are called by their package, under names that are often put together.
        if self.helped.insert(path) {
            for helper in 0..of_path.executables.len() {
                if !of_path.executables[helper].is_command() {
                    self.keep((path, helper), Why::Helper(path, index));
                }
            }
        }
        if let What::Link(_) = executable.what {
            match inventory.file_of(at) {
                Some(file) => self.keep(file, why),
                None => self.see(path),
            }
            return Ok(());
        }
        let facts = inventory.facts(at)?;
        for (hash, rest) in &facts.said.paths {
            self.mention(hash, rest, why)?;
        }
        if executable.what == What::File(Beginning::Elf) {
            self.quiet.insert(at);
        } else {
            self.executes = true;
            self.hear(facts.said.names.iter(), why);
        }
        Ok(())
    }

    /// What the files of a store path mention.
    fn read(&mut self, path: usize) -> Result<()> {
        let inventory = self.inventory;
        let others = inventory.others(path)?;
        self.unread.insert(path);
        let libraries = others.libraries.iter().map(|(_, facts)| &facts.said);
        for said in libraries.chain([&others.said]) {
            for (hash, rest) in &said.paths {
                self.mention(hash, rest, Why::Files(path))?;
            }
        }
        for (link, _) in &inventory.paths[path].links {
            if let Place::Within(to, below) = inventory.place(path, link) {
                self.see(to);
                if !inventory.paths[to].below(&below).is_empty() {
                    self.open(to, &below);
                }
            }
        }
        Ok(())
    }

    /// Has the names in the files of store paths count, once something executes programs. Returns whether there were any.
    fn hear_files(&mut self) -> Result<bool> {
        if !self.executes || self.unread.is_empty() {
            return Ok(false);
        }
        for path in std::mem::take(&mut self.unread) {
            let others = self.inventory.others(path)?;
            self.hear(others.said.names.iter(), Why::Files(path));
        }
        Ok(true)
    }

    /// Has these names count.
    pub fn hear<'n>(&mut self, names: impl IntoIterator<Item = &'n NameId>, why: Why) {
        for name in names {
            if !self.words.contains_key(name) {
                self.words.insert(*name, why);
                for at in self.waiting.remove(name).unwrap_or_default() {
                    self.keep(at, why);
                }
            }
        }
    }

    /// A store path, with what is behind its hash.
    fn mention(&mut self, hash: &str, rest: &str, why: Why) -> Result<()> {
        let inventory = self.inventory;
        let Some(path) = inventory.find(hash).filter(|at| self.closure.contains(at)) else {
            return Ok(());
        };
        self.see(path);
        let name = inventory.paths[path].path.name();
        let behind = rest
            .strip_prefix('-')
            .and_then(|rest| rest.strip_prefix(name));
        let below = behind.and_then(|rest| rest.strip_prefix('/'));
        let Some(below) = below else {
            self.open(path, "");
            return Ok(());
        };
        let mut below = below.trim_end_matches('/');
        for below in [below, below.trim_end_matches('.')] {
            if let Place::Executable(at) = inventory.place(path, below) {
                self.keep(at, why);
                self.by_path.entry(why).or_default().insert(at);
                // One that is called by its path often looks for others beside it.
                self.open(path, "");
                self.open(at.0, "");
                return Ok(());
            }
        }
        // A path that is put together is known to its last whole directory.
        loop {
            let (at, found) = match inventory.place(path, below) {
                Place::Within(at, found) => (at, found),
                Place::Executable(at) => (at.0, String::new()),
                Place::Outside => return Ok(()),
            };
            self.see(at);
            if found.is_empty() || !inventory.paths[at].below(&found).is_empty() {
                self.open(at, &found);
                return Ok(());
            }
            let whole = format!("{}/{found}", inventory.paths[at].path);
            let entry = inventory.files.entry(&whole, None)?;
            if !matches!(entry, None | Some(Entry::Missing)) {
                return Ok(());
            }
            below = below.rsplit_once('/').map_or("", |(above, _)| above);
        }
    }

    /// The files of a store path can be read.
    fn see(&mut self, path: usize) {
        if self.closure.contains(&path) && self.seen.insert(path) {
            self.seen_now.push(path);
        }
    }

    /// The executables in and below a directory can be called by name.
    fn open(&mut self, path: usize, directory: &str) {
        self.see(path);
        let is_open = |opened: &str| self.opened.contains(&(path, opened.to_owned()));
        if is_open("") || !self.opened.insert((path, directory.to_owned())) {
            return;
        }
        let inventory = self.inventory;
        let of_path = &inventory.paths[path];
        for index in of_path.below(directory) {
            let name = of_path.names[index];
            if let Some(why) = self.words.get(&name) {
                self.keep((path, index), *why);
            } else {
                self.waiting.entry(name).or_default().push((path, index));
            }
        }
    }

    /// An executable stays.
    pub fn keep(&mut self, at: At, why: Why) {
        if self.closure.contains(&at.0) && !self.kept.contains_key(&at) {
            self.kept.insert(at, why);
            self.kept_now.push(at);
        }
    }
}
