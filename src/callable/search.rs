//! The search: from the commands of services to all that they can call.

mod reached;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use anyhow::Result;

use super::caller::Caller;
use super::executables::What;
use super::facts::Looks;
use super::inventory::{At, Inventory};
use super::names::NameId;
use super::places::Place;
use super::told::{Called, Why};
use super::untold::untold;
use super::words::of_text;
use crate::store::{Beginning, StorePath};

/// The name of the shell that system(3) and its like call.
pub(super) const SHELL: &str = "sh";

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
    /// Whether something may have a shell run a text.
    pub has_shell: bool,
    /// What services see as /bin/sh.
    shells: BTreeSet<At>,
    /// Those of which no record tells whether a run called them.
    unrecorded_shells: BTreeSet<At>,
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
            has_shell: false,
            shells: BTreeSet::new(),
            unrecorded_shells: BTreeSet::new(),
        };
        for caller in callers {
            search.start(caller)?;
        }
        search.run()?;
        let untold = untold(&search, callers)?;
        if search.looks_for_shell()? {
            search.unrecorded_shells = search.shells.clone();
        }
        Ok(Called {
            untold,
            kept: search.kept,
            unrecorded_shells: search.unrecorded_shells,
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
        // The prefix `|` has a shell run a command.
        if caller.commands.iter().any(|command| command.has('|')) {
            self.hear(&self.inventory.names.find(SHELL.as_bytes()), Why::Unit);
        }
        let shell = caller.shell.and_then(|shell| self.inventory.at_path(shell));
        if let Some(shell) = shell.filter(|at| self.closure.contains(&at.0)) {
            self.shells.insert(shell);
            match caller.ran_shell {
                Some(true) => self.keep(shell, Why::Ran),
                Some(false) => {}
                None => _ = self.unrecorded_shells.insert(shell),
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
            } else if !self.hear_programs()? && !self.hear_files()? && !self.call_shells() {
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

    /// Whether a program that the unit names or a run touched may only look whether there is a shell. Records don't tell, and without a
    /// shell it goes another way.
    fn looks_for_shell(&self) -> Result<bool> {
        let inventory = self.inventory;
        for (at, why) in &self.kept {
            let is_elf = inventory.executable(*at).what == What::File(Beginning::Elf);
            let is_touched = matches!(why, Why::Unit | Why::Ran | Why::Given);
            if is_elf && is_touched && inventory.facts(*at)?.looks == Looks::ForShell {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Keeps what is at /bin/sh, once something can call a shell. Returns whether there was any.
    fn call_shells(&mut self) -> bool {
        let name = self.inventory.names.find(SHELL.as_bytes());
        let named = name.and_then(|name| self.words.get(&name));
        let is_called = self.executes && (self.has_shell || named.is_some());
        if !is_called && named != Some(&Why::Unit) {
            return false;
        }
        let shells = self.shells.iter().copied();
        let unkept: Vec<_> = shells.filter(|at| !self.kept.contains_key(at)).collect();
        for at in &unkept {
            self.keep(*at, Why::Shell);
        }
        !unkept.is_empty()
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

    /// An executable stays.
    pub fn keep(&mut self, at: At, why: Why) {
        if self.closure.contains(&at.0) && !self.kept.contains_key(&at) {
            self.kept.insert(at, why);
            self.kept_now.push(at);
        }
    }
}
