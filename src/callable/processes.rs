//! What programs in ELF have in memory: their own strings, and those of their libraries.

use std::collections::{BTreeSet, HashMap};

use anyhow::Result;

use super::code::{SHELLS, plain};
use super::facts::{BY_NUMBER, Facts, launcher};
use super::inventory::At;
use super::names::NameId;
use super::search::Search;
use super::shells::RUNNERS;
use super::told::Why;
use crate::inspect::{unversioned, unwrapped};

/// Libraries by name.
pub(super) type Libraries<'i> = HashMap<&'i str, Vec<&'i Facts>>;

/// The libraries of the C library itself. Others' calls to it count, and it calls nothing in a store on its own.
const OF_C: [&str; 11] = [
    "ld-",
    "libanl.so",
    "libc.",
    "libc-",
    "libdl.",
    "libm.so",
    "libnss_",
    "libpthread",
    "libresolv",
    "librt.",
    "libutil.",
];

/// What interpreters run on their own.
const DEFAULTS: [&str; 6] = ["csh", "ed", "sendmail", "sh", "stty", "vi"];

/// Interpreters, and the libraries that they are made of, which only run what texts say. Their own strings are names of builtins and
/// messages.
const OF_TEXTS: [&str; 22] = [
    "_posixsubprocess",
    "ash",
    "awk",
    "bash",
    "dash",
    "gawk",
    "ksh",
    "libguile",
    "liblua",
    "libperl",
    "libpython",
    "libruby",
    "libtcl",
    "lua",
    "luajit",
    "mawk",
    "perl",
    "python",
    "rbash",
    "ruby",
    "sh",
    "tclsh",
];

/// Programs that run what their arguments say, each with what else they call.
const OF_ARGUMENTS: [(&str, &[&str]); 6] = [
    ("find", &[]),
    ("install", &["strip"]),
    ("sed", &["sh"]),
    ("socat", &["sh"]),
    ("sort", &[]),
    ("xargs", &["echo"]),
];

/// Those of [`RUNNERS`] that have other programs in them.
const OF_MANY: [&str; 2] = ["busybox", "toybox"];

/// Whether a program or a library of this name only runs what texts say: `python3.11`, `libperl.so.5.36`, `.perl-wrapped`, `nice`.
pub(super) fn runs_texts(name: &str) -> bool {
    let name = unwrapped(name);
    let library = name.split(".so").next().unwrap_or(name);
    let library = library.split(".cpython-").next().unwrap_or(library);
    let is_runner = RUNNERS.contains(&name) && !OF_MANY.contains(&name);
    is_runner || of_arguments(name).is_some() || OF_TEXTS.contains(&unversioned(library))
}

/// What a program calls that otherwise runs what its arguments say.
fn of_arguments(name: &str) -> Option<&'static [&'static str]> {
    let found = OF_ARGUMENTS.iter().find(|(program, _)| *program == name);
    found.map(|(_, calls)| *calls)
}

/// What a program that only runs what texts say calls on its own.
fn defaults(name: &str) -> &'static [&'static str] {
    match of_arguments(unwrapped(name)) {
        Some(calls) => calls,
        // Their scripts are read.
        None if SHELLS.contains(&plain(name)) => &[],
        None => &DEFAULTS,
    }
}

/// A program with as many names does what its name says, as coreutils does.
const MANY_NAMES: usize = 3;

/// A program with its libraries.
pub(super) struct Process<'i> {
    /// The program, then the libraries, each with its name.
    pub parts: Vec<(&'i str, &'i Facts)>,
}

impl Process<'_> {
    /// Whether it may execute programs.
    pub fn executes(&self) -> bool {
        let mut program = self.parts.iter().take(1);
        let makes_calls = program.any(|(_, part)| part.launches.contains(&BY_NUMBER));
        makes_calls || self.parts.iter().any(|part| self.is_active(part))
    }

    /// Whether this part of it may execute programs.
    fn is_active(&self, (name, part): &(&str, &Facts)) -> bool {
        let is_called = |function| {
            let mut callers = self.parts.iter();
            callers.any(|(_, part)| part.launches.contains(&function))
        };
        part.executes && launcher(name).is_none_or(is_called)
    }

    /// Whether only interpreters execute something in it.
    fn is_of_texts(&self) -> bool {
        let mut parts = self.parts.iter();
        parts.all(|part| !self.is_active(part) || runs_texts(part.0))
    }

    /// Whether it may have a shell run a text.
    pub fn has_shell(&self) -> bool {
        self.parts.iter().any(|(_, part)| part.has_shell)
    }
}

fn is_of_c(name: &str) -> bool {
    OF_C.iter().any(|start| name.starts_with(start))
}

impl<'i> Search<'i, '_> {
    /// The libraries that can be loaded, by name, each with the store path that it is in.
    pub fn libraries(&self) -> Result<Libraries<'i>> {
        let mut libraries = Libraries::new();
        for path in &self.seen {
            for (name, facts) in &self.inventory.others(*path)?.libraries {
                if !is_of_c(name) {
                    libraries.entry(name).or_default().push(facts);
                }
            }
        }
        Ok(libraries)
    }

    /// A program with the libraries that it loads. One that loads libraries by name may load any.
    pub fn process(&self, at: At, libraries: &Libraries<'i>) -> Result<Process<'i>> {
        let program = self.inventory.facts(at)?;
        let of_path = &self.inventory.paths[at.0];
        let name = of_path.executables[at.1].name(of_path.path);
        let mut process = Process {
            parts: vec![(name, program)],
        };
        let mut seen = BTreeSet::new();
        let mut next = 0;
        while let Some((name, part)) = process.parts.get(next).copied() {
            next += 1;
            for needed in &part.needed {
                let name = needed.rsplit('/').next().unwrap_or(needed);
                if seen.insert(name) {
                    let found = libraries.get(name).into_iter().flatten();
                    process.parts.extend(found.map(|library| (name, *library)));
                }
            }
            if part.loads && launcher(name).is_none() && seen.insert("") {
                for (name, found) in libraries {
                    // Plugins may have others call for them; what is a library of its own calls itself, if at all.
                    let is_plugin = !name.starts_with("lib");
                    let calls = |library: &Facts| library.executes && launcher(name).is_none();
                    let found = found.iter().filter(|library| is_plugin || calls(library));
                    if seen.insert(name) {
                        process.parts.extend(found.map(|library| (*name, *library)));
                    }
                }
            }
        }
        Ok(process)
    }

    /// Has the names count that are in programs, with their libraries, once they may execute something. Returns whether there were any.
    pub fn hear_programs(&mut self) -> Result<bool> {
        let libraries = self.libraries()?;
        let mut heard = false;
        for at in self.quiet.clone() {
            let process = self.process(at, &libraries)?;
            if !process.executes() {
                continue;
            }
            self.quiet.remove(&at);
            (self.executes, heard) = (true, true);
            let (path, index) = at;
            let why = Why::Executable(path, index);
            // A program with many names has them all in it.
            let own = &self.inventory.paths[path].names_of[index];
            let program = process.parts.first().map_or("", |(name, _)| name);
            let defaults = defaults(program);
            let is_default = |id: &NameId| defaults.contains(&self.inventory.names.name(*id));
            let is_own = |name: &NameId| own.len() >= MANY_NAMES && own.contains(name);
            let has_shell = process.has_shell();
            self.has_shell |= has_shell;
            // What only interpreters execute is named by texts.
            let is_of_texts = process.is_of_texts();
            for (name, part) in process.parts {
                let names = if has_shell {
                    &part.said.names
                } else {
                    &part.said.passed
                };
                let of_texts = is_of_texts || runs_texts(name);
                let names = names.iter().filter(|id| !is_own(id));
                self.hear(names.filter(|id| !of_texts || is_default(id)), why);
            }
        }
        Ok(heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpreters_are_known_with_their_libraries() {
        for name in [
            "python3.11",
            "libpython3.11.so.1.0",
            "libperl.so.5.36",
            ".perl-wrapped",
            "bash",
        ] {
            assert!(runs_texts(name), "{name}");
        }
        for name in ["python3-config", "libcrypto.so.3", "busybox", "node"] {
            assert!(!runs_texts(name), "{name}");
        }
    }

    #[test]
    fn the_c_library_is_told_from_others() {
        for name in [
            "libc.so.6",
            "libc-2.36.so",
            "libm.so.6",
            "ld-linux-x86-64.so.2",
        ] {
            assert!(is_of_c(name), "{name}");
        }
        for name in [
            "libcrypto.so.3",
            "libcap.so.2",
            "libmagic.so.1",
            "libclang.so",
        ] {
            assert!(!is_of_c(name), "{name}");
        }
    }
}
