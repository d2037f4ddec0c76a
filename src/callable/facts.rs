//! What one file contains that tells what it can call.

use std::os::unix::fs::FileExt;

use anyhow::Result;

use super::names::Names;
use super::pod::{is_perl, without_pod};
use super::words::{Finder, Said, Strings, of_text};
use crate::document::{Content, Document, Kind};
use crate::inspect::{read_elf_of, read_loaded};
use crate::store::{Beginning, StoreFiles};

/// As much of a file is read at once, in bytes.
const PIECE: usize = 1 << 20;

/// The functions that execute a program, have a shell run a text, or load a library by its name: those of the C library, and those of
/// [`LAUNCHERS`].
const FUNCTIONS: [&str; 19] = [
    "cap_launch",
    "dlmopen",
    "dlopen",
    "execl",
    "execle",
    "execlp",
    "execv",
    "execve",
    "execveat",
    "execvp",
    "execvpe",
    "fexecve",
    "popen",
    "posix_spawn",
    "posix_spawnp",
    "rpm_execcon",
    "syscall",
    "system",
    "wordexp",
];
/// The function that makes any system call. Libraries have other uses for it than to execute programs.
pub(super) const BY_NUMBER: &str = "syscall";
const SHELL: [&str; 3] = ["popen", "system", "wordexp"];
const LOAD: [&str; 2] = ["dlmopen", "dlopen"];
/// The functions that look whether a file can be executed, which is not recorded of a run.
const LOOK: [&str; 4] = ["access", "eaccess", "euidaccess", "faccessat"];

/// Libraries that load no others but their own, and execute a program only for who calls these functions.
const LAUNCHERS: [(&str, &str); 2] = [
    ("libcap.so", "cap_launch"),
    ("libselinux.so", "rpm_execcon"),
];

/// The function with which a library of this name executes programs for others, if it never does so by itself.
pub(super) fn launcher(name: &str) -> Option<&'static str> {
    let of_name = LAUNCHERS
        .iter()
        .find(|(library, _)| name.starts_with(library));
    of_name.map(|(_, function)| *function)
}

/// What a file contains.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// What it names.
    pub said: Said,
    /// The libraries that it needs.
    pub needed: Vec<String>,
    /// Whether it may execute programs itself.
    pub executes: bool,
    /// The functions that it calls and that execute a program only for some: those of [`LAUNCHERS`], and [`BY_NUMBER`].
    pub launches: Vec<&'static str>,
    /// Whether it may have a shell run a text.
    pub has_shell: bool,
    /// Whether it may load libraries by name.
    pub loads: bool,
    /// Whether it may only look if there is a /bin/sh. Records don't tell, and without one it goes another way.
    pub looks: Looks,
}

/// What a program looks for without calling it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Looks {
    #[default]
    ForNone,
    ForShell,
}

/// Reads the file at `path`.
pub(super) fn facts(
    path: &str,
    beginning: Beginning,
    names: &Names,
    files: &dyn StoreFiles,
) -> Result<Facts> {
    let kind = match beginning {
        Beginning::Elf => Kind::Program,
        Beginning::Script | Beginning::Other => Kind::Script,
    };
    let Some(document) = files.open(path, kind)? else {
        return Ok(Facts::default());
    };
    if beginning != Beginning::Elf {
        let most = usize::try_from(kind.limit()).unwrap_or(usize::MAX);
        if is_perl(path) && document.size() <= kind.limit() {
            let text = document.head(most)?;
            return Ok(Facts {
                said: of_text(&without_pod(&text), names),
                executes: true,
                ..Facts::default()
            });
        }
        let (said, _) = said(&document, &[(0, document.size())], names, Strings::Text)?;
        return Ok(Facts {
            said,
            executes: true,
            ..Facts::default()
        });
    }
    let functions = [&FUNCTIONS[..], &LOOK].concat();
    let loaded = read_loaded(&document, &functions).unwrap_or_default();
    let parts = if loaded.parts.is_empty() {
        vec![(0, document.size())]
    } else {
        loaded.parts
    };
    let mut is_joined = loaded.has_joined_strings;
    let strings = if is_joined {
        Strings::Joined
    } else {
        Strings::Ended
    };
    let (mut found, is_of_rust) = said(&document, &parts, names, strings)?;
    if is_of_rust && !is_joined {
        is_joined = true;
        (found, _) = said(&document, &parts, names, Strings::Joined)?;
    }
    // The table of sections has no part with the names of libraries and the directories in which the loader looks for them.
    let mut needed = Vec::new();
    if let Ok(elf) = read_elf_of(&document) {
        let directories = elf.rpath.iter().chain(elf.runpath.iter().flatten());
        for place in directories.chain(&elf.needed) {
            found.paths.extend(of_text(place.as_bytes(), names).paths);
        }
        needed = elf.needed;
    }
    let Some(mut imports) = loaded.imports else {
        // Nothing tells what a static program calls; but Go and Rust have no use for a shell.
        return Ok(Facts {
            executes: true,
            has_shell: !is_joined,
            needed,
            said: found,
            ..Facts::default()
        });
    };
    let looks = LOOK.iter().any(|name| imports.contains(name));
    imports.retain(|name| !LOOK.contains(name));
    let has_one = |names: &[&str]| names.iter().any(|name| imports.contains(name));
    let launches = LAUNCHERS.map(|(_, function)| function);
    let launches: Vec<_> = launches
        .into_iter()
        .chain([BY_NUMBER])
        .filter(|function| imports.contains(function))
        .collect();
    let executes_none = |name: &&str| LOAD.contains(name) || launches.contains(name);
    let executes = !imports.iter().all(executes_none) || is_joined;
    Ok(Facts {
        executes,
        launches,
        has_shell: has_one(&SHELL),
        loads: has_one(&LOAD),
        looks: if executes && looks && found.bin_sh {
            Looks::ForShell
        } else {
            Looks::ForNone
        },
        needed,
        said: found,
    })
}

/// What these parts of a file name, each with its offset and its size, and whether they are of a program in Rust.
fn said(
    document: &Document,
    parts: &[(u64, u64)],
    names: &Names,
    strings: Strings,
) -> Result<(Said, bool)> {
    let mut finder = Finder::new(names, strings);
    let mut piece = vec![0; PIECE];
    for (offset, size) in parts {
        let end = offset.saturating_add(*size).min(document.size());
        let mut at = *offset;
        while at < end {
            let most = usize::try_from(end - at).map_or(PIECE, |left| left.min(PIECE));
            let read = match document.content() {
                Content::File(file) => file.read_at(&mut piece[..most], at)?,
                Content::Bytes(bytes) => {
                    let from = usize::try_from(at)?;
                    let part = bytes.get(from..from + most).unwrap_or_default();
                    piece[..part.len()].copy_from_slice(part);
                    part.len()
                }
            };
            if read == 0 {
                break;
            }
            finder.add(&piece[..read]);
            at += read as u64;
        }
        // No string goes on in another part.
        finder.add(&[0]);
    }
    Ok(finder.finish())
}
