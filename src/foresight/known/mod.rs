//! What is known of programs and languages: one file each, and a table of them.
//!
//! A [`Knower`] gets an [`Invocation`] and answers with [`Effect`]s. It reads no file and makes no finding: `command/` reads the files
//! and finds out what each effect means in the service's root.
//!
//! To add a program or a language, write one file with a `Knower` and add it to [`KNOWERS`].

mod administration;
mod asked;
mod copies;
mod databases;
mod effect;
mod find;
mod git;
mod identity;
mod install;
mod keys;
mod languages;
mod makers;
mod names;
mod network;
mod nginx;
mod openssl;
mod operands;
mod options;
mod owners;
mod postgresql;
mod profiled;
mod readers;
mod sed;
mod services;
mod shell;
mod socat;
mod sqlite;
mod sysctl;
mod tar;
mod wrappers;

pub(super) use effect::{
    Directory, Effect, Name, Purpose, Reading, Source, Started, Use, is_number,
};
pub(super) use keys::{Meaning, Mention, Pattern, hosts, mentions, words};
pub(super) use languages::run_by;
pub(super) use services::name_service;

use super::sight::Surroundings;
use crate::config::Program;
use crate::inspect::World;

/// Sockets of the system's log. In the service's root, the first is a link to the second.
const SOCKETS_OF_LOG: [&str; 4] = [
    "/dev/log",
    "/run/systemd/journal/dev-log",
    "/run/systemd/journal/socket",
    "/run/systemd/journal/stdout",
];

/// A program that is started.
pub(super) struct Invocation<'a> {
    /// Its name, without the directory.
    pub name: &'a str,
    /// The file with its content; `None` if that is not known.
    pub file: Option<&'a str>,
    /// Its arguments; `None` for one that is known only at run time.
    pub arguments: &'a [Option<String>],
    /// Its arguments as the unit has them, variables not replaced; empty if a script starts it.
    pub written: &'a [String],
    /// The environment, the working directory and the user that it gets from the unit.
    pub around: Surroundings<'a>,
    /// The root, as a script sees it.
    pub world: &'a dyn World,
}

impl<'a> Invocation<'a> {
    /// What the table of programs knows of it.
    fn profile(&self) -> Option<&'a Program> {
        self.around.programs.get(self.name)
    }

    /// Its arguments as well as they are known: as the unit has them, with variables, if it has.
    pub fn words(&self) -> Vec<Option<String>> {
        if self.written.is_empty() {
            self.arguments.to_vec()
        } else {
            self.written.iter().cloned().map(Some).collect()
        }
    }

    /// The same, where nothing is known of a word that is most likely a variable alone.
    pub fn words_without_variables(&self) -> Vec<Option<String>> {
        let mut words = self.words();
        for (word, argument) in words.iter_mut().zip(self.arguments) {
            let is_text = |word: &String| word.contains(char::is_whitespace);
            if argument.is_none() && !word.as_ref().is_some_and(is_text) {
                *word = None;
            }
        }
        words
    }
}

/// What is known of a program or of a language.
pub(super) trait Knower: Sync {
    /// Whether it knows the program of this name.
    fn knows(&self, name: &str) -> bool;

    /// Whether it knows programs by the table of programs, and not by their names.
    fn is_of_table(&self) -> bool {
        false
    }

    /// What the program does by its arguments.
    fn effects(&self, invocation: &Invocation) -> Vec<Effect>;

    /// What the program does because of a text: a script that it runs, or a configuration that it reads. The error is half a sentence
    /// after "which": why the text tells nothing.
    fn read(&self, _invocation: &Invocation, _text: &str) -> Result<Reading, String> {
        Ok(Reading::default())
    }
}

/// Everything that is known. No two know the same program.
static KNOWERS: &[&dyn Knower] = &[
    &administration::Administration,
    &copies::Copies,
    &databases::Databases,
    &find::Find,
    &git::Git,
    &identity::Identity,
    &install::Install,
    &languages::Languages,
    &makers::Makers,
    &names::Names,
    &nginx::Nginx,
    &openssl::OpenSsl,
    &owners::Owners,
    &postgresql::PostgreSql,
    &readers::Readers,
    &sed::Sed,
    &shell::Shell,
    &socat::Socat,
    &sqlite::Sqlite,
    &sysctl::Sysctl,
    &tar::Tar,
    &wrappers::Wrappers,
];

/// What is known of the program of this name.
pub(super) fn known(name: &str) -> Option<&'static dyn Knower> {
    let mut all = KNOWERS.iter().copied();
    all.find(|knower| knower.knows(name))
}

/// All that is known of the program of an invocation: by itself, by the table of programs, and as of any program.
pub(super) fn known_of(invocation: &Invocation) -> impl Iterator<Item = &'static dyn Knower> {
    let profiled: &dyn Knower = &profiled::Profiled;
    let by_table = invocation.profile().map(|_| profiled);
    let own = known(invocation.name).into_iter().chain(by_table);
    let hosts: &dyn Knower = &network::Network;
    let names: &dyn Knower = &asked::AskedTools;
    [hosts].into_iter().chain(own).chain([names])
}

/// Whether it is known what the program of an invocation does itself, by its name.
pub(super) fn is_known(invocation: &Invocation) -> bool {
    let profile = invocation.profile();
    known(invocation.name).is_some() || profile.is_some_and(|profile| !profile.has_only_keys())
}

#[cfg(test)]
mod tests;
