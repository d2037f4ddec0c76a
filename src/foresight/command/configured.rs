//! Files that configurations name: those of which the command line, or another configuration, tells the program.

use std::collections::BTreeMap;

use anyhow::Result;

use super::Step;
use super::endings::{is_configuration, is_read_in_directory};
use super::included::inclusions;
use super::named::Named;
use super::services::names_service;
use crate::code::Code;
use crate::config::Keys;
use crate::foresight::known::{Meaning, Mention, Pattern, Use, hosts, mentions};
use crate::foresight::trouble::{Outlook, Trouble};
use crate::inspect::{Entry, MAX_CONFIGURATION, read_configuration};
use crate::root::Found;

/// The programs of a command are told of no more configurations than this, with those that they include.
const MAX_FILES: usize = 64;

/// Of those of one program no more than this is read, in bytes, before another one is.
const MAX_BYTES: usize = 4 * MAX_CONFIGURATION;

/// What is in the names of variables that name configurations.
const NAMING: [&str; 4] = ["CFG", "CONF", "INI", "SETTINGS"];

/// The program that reads configurations.
struct Told<'a> {
    /// Who, in messages.
    who: &'a str,
    /// What the keys of its configurations mean, if that is known.
    keys: Option<&'a Keys>,
    /// Whether the service goes on if it fails.
    is_uncertain: bool,
    /// The configurations that are still to be read, by their paths in the root.
    waiting: Vec<String>,
    /// How many bytes the others have.
    bytes: usize,
}

impl Step<'_> {
    /// What will not work of what the configurations name that a program is told of. `words`: where it is told of them.
    pub(super) fn configured<'w>(
        &self,
        who: &str,
        program: &str,
        words: impl Iterator<Item = &'w str>,
        is_uncertain: bool,
        seen: &mut Outlook,
    ) -> Result<()> {
        let named = Named::all(words.map(Some));
        let paths = named.iter().map(|named| named.path);
        let store = self.sight.inside.store_dir();
        let originals = paths.map(|path| self.original(path, seen));
        let mut waiting = Vec::new();
        for path in originals.filter(|path| store.owner(path).is_some()) {
            waiting.extend(self.configurations_at(path)?);
        }
        let mut told = Told {
            who,
            keys: self.sight.around.programs.get(program).map(|it| &it.keys),
            is_uncertain,
            waiting,
            bytes: 0,
        };
        while let Some(path) = told.waiting.pop() {
            let is_new = seen.configured.len() < MAX_FILES
                && told.bytes <= MAX_BYTES
                && seen.configured.insert((program.to_owned(), path.clone()));
            if is_new && let Some(text) = self.text_of(&path)? {
                told.bytes += text.len();
                seen.note(&self.sight, &format!("{who}: {path}"), &text);
                if is_configuration(program, &path, &text) {
                    self.configuration(&mut told, &path, &text, seen)?;
                }
            }
        }
        Ok(())
    }

    /// The configurations that a path of the store names: the file itself, or those directly in a directory.
    fn configurations_at(&self, path: &str) -> Result<Vec<String>> {
        if self.sight.inside.look(path)? != Found::Directory {
            return Ok(vec![path.to_owned()]);
        }
        let dir = path.trim_end_matches('/');
        let names = self.sight.files.list(dir)?.into_iter().flatten();
        let names = names
            .filter(|name| is_read_in_directory(name))
            .take(MAX_FILES);
        Ok(names.map(|name| format!("{dir}/{name}")).collect())
    }

    /// The same of configurations that variables of the unit name.
    pub(super) fn configured_by_variables(
        &self,
        program: &str,
        is_uncertain: bool,
        seen: &mut Outlook,
    ) -> Result<()> {
        let environment = self.sight.around.environment;
        let is_told = |name: &str| NAMING.iter().any(|word| name.to_uppercase().contains(word));
        for (name, value) in environment.iter().filter(|(name, _)| is_told(name)) {
            let who = format!("{}: {name}", self.place);
            self.configured(&who, program, std::iter::once(value), is_uncertain, seen)?;
        }
        Ok(())
    }

    /// The text of a configuration; `None` if it is none.
    pub(super) fn text_of(&self, path: &str) -> Result<Option<String>> {
        let inside = self.sight.inside;
        let Found::File { file, .. } = inside.look(path)? else {
            return Ok(None);
        };
        // One that can't be read has been said to be so where it is run.
        let Some(document) = inside.open(&file).ok().flatten() else {
            return Ok(None);
        };
        let head = document.head(MAX_CONFIGURATION).unwrap_or_default();
        let is_text = document.size() <= MAX_CONFIGURATION as u64 && !head.contains(&0);
        Ok(String::from_utf8(head).ok().filter(|_| is_text))
    }

    fn configuration(
        &self,
        told: &mut Told,
        path: &str,
        text: &str,
        seen: &mut Outlook,
    ) -> Result<()> {
        let name = path.rsplit('/').next().unwrap_or_default();
        // What can't be read has most likely been made for another reader.
        let entries = read_configuration(name, text).unwrap_or_default();
        let keys = told.keys;
        for (host, entry) in hosts(keys, &entries) {
            let who = place(told, path, entry.line, &entry.key);
            seen.troubles.extend(self.resolved(&who, host)?);
        }
        if keys.is_none() {
            let place = |entry: &Entry| place(told, path, entry.line, &entry.key);
            self.configured_users(&entries, place, seen)?;
        }
        if let Some(entry) = entries.iter().find(|entry| names_service(entry)) {
            let who = place(told, path, entry.line, &entry.key);
            seen.troubles.extend(self.services(&who)?);
        }
        let mut one_of: BTreeMap<String, Vec<Mention>> = BTreeMap::new();
        for mention in entries.iter().flat_map(|it| mentions(keys, it)) {
            match mention.meaning {
                Meaning::Includes(pattern) => self.included(told, path, &mention, pattern, seen)?,
                Meaning::Needs(how) => self.needed(told, path, &mention, how, seen)?,
                Meaning::NeedsOne => one_of.entry(mention.key.clone()).or_default().push(mention),
                Meaning::Tries => {
                    let who = mention.place(told, path);
                    seen.troubles.extend(self.tried(&who, &mention.path)?);
                }
                Meaning::Ignores => {}
            }
        }
        for (line, file) in inclusions(text).into_iter().take(MAX_FILES) {
            let is_known = seen.troubles.iter().any(|it| it.subject == file);
            if !is_known {
                let who = format!("{}: {path}:{line}", told.who);
                seen.troubles.extend(self.tried(&who, file)?);
            }
        }
        for alternatives in one_of.values() {
            let mut are_missing = true;
            for mention in alternatives {
                are_missing &= self.sight.inside.look(&mention.path)? == Found::Missing;
            }
            if let (true, Some(first)) = (are_missing, alternatives.first()) {
                self.needed(told, path, first, Use::Reads, seen)?;
            }
        }
        Ok(())
    }

    /// A file that the program fails without.
    fn needed(
        &self,
        told: &Told,
        path: &str,
        mention: &Mention,
        how: Use,
        seen: &mut Outlook,
    ) -> Result<()> {
        let store = self.sight.inside.store_dir();
        // What it names in the store and does not see has been noted.
        if store
            .owner(&mention.path)
            .is_some_and(|owner| !self.sight.inside.has(owner.base()))
        {
            return Ok(());
        }
        let trouble = self.file(&mention.place(told, path), &mention.path, how)?;
        let trouble = trouble.map(|trouble| trouble.uncertain_if(told.is_uncertain));
        seen.troubles.extend(trouble);
        Ok(())
    }

    /// A file that the program may go on without.
    fn tried(&self, who: &str, path: &str) -> Result<Option<Trouble>> {
        if !self.sight.lacks(path)? {
            return Ok(None);
        }
        let why = self.sight.why_missing(path);
        let message = format!("{who} names {path}, which {why}");
        let trouble = Trouble::new(Code::HostFileNamed, path, message)
            .uncertain_if(true)
            .fixed_by(self.sight.file_remedies(path, Use::Names));
        Ok(Some(trouble))
    }

    /// Another configuration, or a pattern of such.
    fn included(
        &self,
        told: &mut Told,
        path: &str,
        mention: &Mention,
        pattern: Pattern,
        seen: &mut Outlook,
    ) -> Result<()> {
        let included = match (mention.path.strip_prefix('/'), path.rsplit_once('/')) {
            (Some(_), _) => mention.path.clone(),
            (None, Some((dir, _))) => format!("{dir}/{}", mention.path),
            (None, None) => return Ok(()),
        };
        if !included.contains(['*', '?', '[']) {
            told.waiting.push(included);
            // Most programs look for a relative one in more than one directory.
            let is_needed = matches!(pattern, Pattern::File | Pattern::FileAndDirectory);
            return if !is_needed || !mention.path.starts_with('/') {
                Ok(())
            } else {
                self.needed(told, path, mention, Use::Reads, seen)
            };
        }
        let Some((dir, names)) = included.rsplit_once('/') else {
            return Ok(());
        };
        let is_needed = matches!(pattern, Pattern::Directory | Pattern::FileAndDirectory);
        if is_needed && mention.path.starts_with('/') {
            let dir = Mention {
                path: dir.to_owned(),
                ..mention.clone()
            };
            self.needed(told, path, &dir, Use::Reads, seen)?;
        }
        let is_of_store = self.sight.inside.store_dir().owner(dir).is_some();
        let listed = if is_of_store {
            self.sight.files.list(dir)?
        } else {
            None
        };
        let fitting = listed
            .into_iter()
            .flatten()
            .filter(|name| fits(names, name));
        told.waiting
            .extend(fitting.map(|name| format!("{dir}/{name}")));
        Ok(())
    }
}

impl Mention {
    /// Where it is, in messages.
    fn place(&self, told: &Told, path: &str) -> String {
        place(told, path, self.line, &self.key)
    }
}

/// A key in a configuration, in messages.
fn place(told: &Told, path: &str, line: usize, key: &str) -> String {
    format!("{}: {path}:{line}: {key}", told.who)
}

/// Whether a name fits a pattern of which only the first `*` is one.
fn fits(pattern: &str, name: &str) -> bool {
    let Some((start, end)) = pattern.split_once('*') else {
        return false;
    };
    name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
}
