//! Files that a command line names and whose use is not known.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::foresight::known::{Use, words};
use crate::foresight::remedies::is_made;
use crate::foresight::trouble::{Outlook, Trouble};
use crate::inspect::{OF_DATA, RUNTIME, host_tops};
use crate::root::Found;
use crate::systemd::Setting;

/// Words of options whose values a program does without.
const SPARE: [&str; 9] = [
    "collector",
    "docroot",
    "exclude",
    "excluded",
    "ignore",
    "ignored",
    "prefix",
    "webroot",
    "www",
];

/// Programs that change what their operands name.
const CHANGE: [&str; 6] = ["chattr", "chgrp", "chmod", "chown", "setfacl", "truncate"];

/// Words of options that have no value, whatever other words they have: `--exclude-caches`.
const FLAGS: [&str; 3] = ["backups", "caches", "vcs"];

/// Words of options whose values are files with what is left out: `--exclude-from`.
const LISTS: [&str; 3] = ["file", "files", "from"];

/// Properties of Java whose files are read later, or that a program does without.
const LATER: [&str; 4] = [
    "-Djava.util.logging.",
    "-Djavax.net.ssl.",
    "-Dlog4j",
    "-Dlogback.",
];

/// A word that may name a file.
pub(super) struct Named<'a> {
    /// The word, without its option.
    pub path: &'a str,
    /// The option whose value it is, or may be.
    option: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// All arguments; `None` for one that is known only at run time.
    pub fn all(arguments: impl Iterator<Item = Option<&'a str>>) -> Vec<Self> {
        let mut before = None;
        let mut all = Vec::new();
        for argument in arguments {
            let is_option = |word: &&str| word.starts_with('-') && *word != "-";
            if let Some(word) = argument {
                let (option, path) = match word.rsplit_once('=') {
                    Some((option, path)) => (Some(option), path),
                    None => (before, word),
                };
                // The value may be behind the letter of its option: `-c/etc/web`.
                let is_letter = |word: &str| {
                    word.starts_with('-') && word[1..].starts_with(char::is_alphabetic)
                };
                let (option, path) = match path.split_at_checked(2) {
                    Some((letter, rest)) if is_letter(letter) && rest.starts_with('/') => {
                        (Some(letter), rest)
                    }
                    _ => (option, path),
                };
                let option = option.filter(is_option);
                // As curl has them: the address of a file, and a file instead of a text.
                let path = path.strip_prefix("file://").unwrap_or(path);
                let path = path.strip_prefix('@').unwrap_or(path);
                // A socket that is made there. Those of servers are mostly written `unix://`.
                let socket = path.strip_prefix("unix:");
                let path = socket.filter(|it| !it.starts_with("//")).unwrap_or(path);
                all.push(Self { path, option });
            }
            before = argument.filter(|word| is_option(word) && !word.contains('='));
        }
        all
    }
}

impl Step<'_> {
    /// Files of the host that the command line names. `used`: those whose use is known.
    pub(super) fn host_files(&self, used: &BTreeSet<String>, seen: &mut Outlook) -> Result<()> {
        let arguments = self
            .command
            .arguments
            .iter()
            .map(|word| Some(word.as_str()));
        for named in Named::all(arguments) {
            if !used.contains(named.path) && !seen.has_made(named.path) {
                seen.troubles.extend(self.host_file(self.place, &named)?);
            }
        }
        Ok(())
    }

    /// A word that is most likely a file of the host. `who`: who has it as an argument.
    pub(super) fn host_file(&self, who: &str, named: &Named) -> Result<Option<Trouble>> {
        let Named { path, option } = *named;
        let is_of_java = option.is_some_and(|it| LATER.iter().any(|name| it.starts_with(name)));
        let is_spare = option.is_some_and(|option| {
            let has_any = |of: &[&str]| words(option).any(|word| of.contains(&word.as_str()));
            has_any(&SPARE) && !has_any(&FLAGS) && !has_any(&LISTS)
        });
        // A host has some of these directories, and a root of its own has not.
        let is_of_host = |dir: &str| path.starts_with(dir) || dir.strip_suffix('/') == Some(path);
        let is_file = host_tops(&[&OF_DATA, &RUNTIME]).any(is_of_host)
            && !path.contains(['%', '$', '*', ':', ',', ' ']);
        if !is_file || is_spare || is_of_java || self.sight.inside.look(path)? != Found::Missing {
            return Ok(None);
        }
        let why = self.sight.why_missing(path);
        let by = option.map_or(String::new(), |option| format!(": {option}"));
        let message = format!("{who}{by} names {path}, which {why}");
        let mut remedies = self.sight.file_remedies(path, Use::Names);
        let shown = |setting| self.sight.bound(setting, "-", path, path);
        let name = who.rsplit(": ").next().unwrap_or_default();
        if CHANGE.contains(&name) && remedies == shown(Setting::BindReadOnlyPaths) {
            remedies = shown(Setting::BindPaths);
        }
        let mut trouble = Trouble::new(Code::HostFileNamed, path, message).uncertain_if(true);
        trouble.made = is_made(path).then(|| path.to_owned());
        Ok(Some(trouble.fixed_by(remedies)))
    }
}
