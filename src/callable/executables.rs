//! The executables and the symlinks of one store path, and what its other files contain.

use std::collections::BTreeSet;

use anyhow::Result;

use super::facts::{Facts, facts};
use super::names::Names;
use super::words::Said;
use crate::document::Kind;
use crate::inspect::read_segments;
use crate::store::{Beginning, Closely, Directories, Item, ItemKind, StoreFiles, StorePath};
use globset::GlobSet;

/// An executable of a store path: a program in ELF, a script, or a symlink to one.
#[derive(Debug)]
pub struct Executable {
    /// Its path below the store path; empty if the store path is a file.
    pub below: String,
    /// What it is.
    pub(super) what: What,
}

/// What an [`Executable`] is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A file that begins so.
    File(Beginning),
    /// A symlink with this target.
    Link(String),
}

impl Executable {
    /// Its name; that of the store path if that is a file.
    pub fn name<'a>(&'a self, path: &'a StorePath) -> &'a str {
        match self.below.rsplit('/').next() {
            Some("") | None => path.base(),
            Some(name) => name,
        }
    }

    /// Whether it is where packages have commands and helpers.
    pub(super) fn is_in_place(&self) -> bool {
        let mut above = self.below.split('/').rev().skip(1);
        above.any(|part| matches!(part, "bin" | "sbin" | "libexec"))
    }

    /// Whether it is among the commands, which are called by name, and not among the helpers of a package.
    pub(super) fn is_command(&self) -> bool {
        let above = self.below.rsplit('/').nth(1);
        matches!(above, Some("bin" | "sbin"))
    }
}

/// The executables and symlinks of a store path, each sorted by path.
#[derive(Debug, Default)]
pub(super) struct Listed {
    pub executables: Vec<Executable>,
    pub links: Vec<(String, String)>,
}

/// The path of a file below a store path, as it is on disk; `None` if it is not UTF-8.
pub(super) fn on_disk(path: &StorePath, below: &str) -> Option<String> {
    let below = String::from_utf8(Directories::raw_name(below)).ok()?;
    Some(match below.as_str() {
        "" => path.to_string(),
        below => format!("{path}/{below}"),
    })
}

/// Lists a store path; `None` if it can't be looked at.
pub(super) fn list(path: &StorePath, files: &dyn StoreFiles) -> Result<Option<Listed>> {
    let Some(items) = files.items(path.as_str(), Closely::Inside)? else {
        return Ok(None);
    };
    let mut listed = Listed::default();
    for Item { path: below, kind } in items {
        match kind {
            ItemKind::Symlink(target) => listed.links.push((below, target)),
            ItemKind::File(Some(inside)) if inside.permissions & 0o111 != 0 => {
                let is_program = match inside.beginning {
                    Beginning::Script => true,
                    Beginning::Elf => is_program(path, &below, files)?,
                    Beginning::Other => false,
                };
                if is_program {
                    listed.executables.push(Executable {
                        below,
                        what: What::File(inside.beginning),
                    });
                }
            }
            ItemKind::Directory | ItemKind::File(_) | ItemKind::Other => {}
        }
    }
    Ok(Some(listed))
}

/// Whether an ELF file is a program. Libraries are executable by permission, and some can even be started.
fn is_program(path: &StorePath, below: &str, files: &dyn StoreFiles) -> Result<bool> {
    let name = below.rsplit('/').next().unwrap_or_default();
    let is_library = name.ends_with(".so") || name.contains(".so.") || name.starts_with("ld-");
    let Some(whole) = on_disk(path, below).filter(|_| !is_library) else {
        return Ok(false);
    };
    let document = files.open(&whole, Kind::Program)?;
    let segments = document.and_then(|document| read_segments(&document).ok());
    Ok(segments.is_some_and(|segments| segments.is_program))
}

/// What the files of a store path contain that are no executables.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// What they name, without libraries.
    pub said: Said,
    /// The libraries, each with its name.
    pub libraries: Vec<(String, Facts)>,
    /// Compiled or compressed code, which can't be read: its paths.
    pub unread: BTreeSet<String>,
}

/// Reads the files of a store path that are none of these executables.
pub(super) fn others(
    path: &StorePath,
    executables: &[Executable],
    inert: &GlobSet,
    names: &Names,
    files: &dyn StoreFiles,
) -> Result<Others> {
    let mut others = Others::default();
    let items = files.items(path.as_str(), Closely::Inside)?;
    let items = items.unwrap_or_default();
    let known: BTreeSet<&str> = items.iter().map(|item| item.path.as_str()).collect();
    for item in &items {
        let below = item.path.as_str();
        let ItemKind::File(Some(inside)) = item.kind else {
            continue;
        };
        let find = |executable: &Executable| executable.below.as_str().cmp(below);
        if executables.binary_search_by(find).is_ok() || inert.is_match(below) {
            continue;
        }
        if is_compiled(below) {
            if !source(below).is_some_and(|source| known.contains(source.as_str())) {
                others.unread.insert(below.to_owned());
            }
            continue;
        }
        let Some(whole) = on_disk(path, below) else {
            continue;
        };
        let found = facts(&whole, inside.beginning, names, files)?;
        if inside.beginning == Beginning::Elf {
            let name = below.rsplit('/').next().unwrap_or_default();
            others.libraries.push((name.to_owned(), found));
        } else {
            others.said.names.extend(found.said.names);
            others.said.exact.extend(found.said.exact);
            others.said.paths.extend(found.said.paths);
        }
    }
    Ok(others)
}

/// Code in forms that have no texts to search: the languages that run it are in [`super::untold`].
fn is_compiled(below: &str) -> bool {
    let extension = below.rsplit_once('.').map(|(_, extension)| extension);
    matches!(
        extension,
        Some("pyc" | "jar" | "war" | "whl" | "egg" | "pyz" | "beam" | "asar" | "phar")
    )
}

/// The source of a compiled file of Python.
fn source(below: &str) -> Option<String> {
    let (directory, name) = below.rsplit_once("__pycache__/")?;
    Some(format!("{directory}{}.py", name.split('.').next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn helpers_are_told_from_commands_and_other_scripts() {
        for (below, is_in_place, is_command) in [
            ("bin/x", true, true),
            ("lib/app/sbin/x", true, true),
            ("libexec/app/x", true, false),
            ("lib/python3/cgi.py", false, false),
            ("", false, false),
        ] {
            let executable = Executable {
                below: below.to_owned(),
                what: What::File(Beginning::Script),
            };
            assert_eq!(executable.is_in_place(), is_in_place, "{below}");
            assert_eq!(executable.is_command(), is_command, "{below}");
        }
    }

    #[test]
    fn the_source_of_compiled_code_is_known() {
        let source = source("lib/a/__pycache__/b.cpython-311.opt-1.pyc");
        assert_eq!(source.as_deref(), Some("lib/a/b.py"));
        assert!(is_compiled("share/x.jar") && !is_compiled("bin/x"));
    }
}
