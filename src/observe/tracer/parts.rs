//! Finds a program with its loader and its libraries in a file system tree (ld.so(8)).

use std::collections::BTreeMap;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, ResolveFlags};

use super::STRACE;
use crate::document::{Kind, open, read};
use crate::inspect::{Architecture, Elf, read_elf_of};

/// Where programs are, as paths in the tree.
const PROGRAMS: [&str; 6] = [
    "usr/bin",
    "bin",
    "usr/local/bin",
    "run/current-system/sw/bin",
    "sw/bin",
    "nix/var/nix/profiles/default/bin",
];

/// Where loaders look for libraries that have no path of their own.
const LIBRARIES: [&str; 9] = [
    "lib/x86_64-linux-gnu",
    "usr/lib/x86_64-linux-gnu",
    "lib/aarch64-linux-gnu",
    "usr/lib/aarch64-linux-gnu",
    "lib64",
    "usr/lib64",
    "lib",
    "usr/lib",
    "usr/local/lib",
];

/// An option of strace since 5.5. All that [`Tracer::command`](super::Tracer::command) uses is older.
const OPTION: &[u8] = b"failed-only";

/// More libraries than any strace needs.
const MAX_FILES: usize = 64;

pub(super) struct Parts {
    pub files: BTreeMap<String, PathBuf>,
    pub loader: Option<String>,
}

/// A file system tree. Absolute symlinks are relative to it.
struct Tree {
    root: OwnedFd,
    path: PathBuf,
}

/// A file of a tree that the loader maps.
struct Part {
    path: PathBuf,
    elf: Elf,
}

impl Parts {
    pub(super) fn find(root: &Path) -> Option<Self> {
        let tree = Tree::open(root)?;
        let is_usable = |part: &Part| {
            let text = read(&part.path, Kind::Program).unwrap_or_default();
            text.windows(OPTION.len()).any(|bytes| bytes == OPTION)
        };
        let programs = PROGRAMS.map(|directory| format!("{directory}/{STRACE}"));
        let program = programs.iter().find_map(|path| tree.part(path));
        let program = program.filter(is_usable)?;
        let machine = program.elf.machine;
        let mut files = BTreeMap::new();
        let mut loader = None;
        if let Some(path) = &program.elf.interpreter {
            let name = path.rsplit('/').next()?.to_owned();
            files.insert(name.clone(), tree.part(path)?.path);
            loader = Some(name);
        }
        files.insert(STRACE.to_owned(), program.path.clone());
        let mut todo = vec![program];
        while let Some(part) = todo.pop() {
            for name in &part.elf.needed {
                if files.contains_key(name) {
                    continue;
                }
                let library = tree.library(&part, name, machine)?;
                files.insert(name.clone(), library.path.clone());
                if files.len() > MAX_FILES {
                    return None;
                }
                todo.push(library);
            }
        }
        Some(Self { files, loader })
    }
}

impl Tree {
    fn open(path: &Path) -> Option<Self> {
        let path = path.canonicalize().ok()?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(&path, flags, Mode::empty()).ok()?;
        Some(Self { root, path })
    }

    /// Returns the path on this machine of what is at `path` in the tree, without symlinks.
    fn resolve(&self, path: &str) -> Option<PathBuf> {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let within = ResolveFlags::IN_ROOT;
        let file = rustix::fs::openat2(&self.root, path, flags, Mode::empty(), within).ok()?;
        std::fs::read_link(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()
    }

    fn part(&self, path: &str) -> Option<Part> {
        let path = self.resolve(path)?;
        let elf = read_elf_of(&open(&path).ok()?).ok()?;
        Some(Part { path, elf })
    }

    fn library(&self, of: &Part, name: &str, machine: Architecture) -> Option<Part> {
        if name.contains('/') {
            return None;
        }
        let own = of.elf.runpath.as_ref().unwrap_or(&of.elf.rpath);
        let own = own
            .iter()
            .filter_map(|directory| self.expanded(of, directory));
        let directories = own.chain(LIBRARIES.map(str::to_owned));
        directories
            .filter_map(|directory| self.part(&format!("{directory}/{name}")))
            .find(|part| part.elf.machine == machine)
    }

    /// Replaces `$ORIGIN` in a directory of a binary.
    fn expanded(&self, part: &Part, directory: &str) -> Option<String> {
        if !directory.contains('$') {
            return Some(directory.to_owned());
        }
        let origin = part.path.parent()?.strip_prefix(&self.path).ok()?;
        let origin = format!("/{}", origin.to_str()?);
        let text = directory.replace("${ORIGIN}", "$ORIGIN");
        Some(text.replace("$ORIGIN", &origin))
    }
}
