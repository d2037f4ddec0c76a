//! What a service can reach in its closure, counted: files, executables, interpreters, code.
//!
//! Each store path is looked at once, however many services see it. Counting reads permissions and the first bytes of every file, and
//! the program headers of ELF files.

mod measured;

use std::collections::BTreeMap;
use std::ops::AddAssign;

use anyhow::Result;
use rayon::prelude::*;
use serde::Serialize;

pub use self::measured::Measured;
use self::measured::measure;
use crate::bundle::{Bundle, BundleService, LeftOut, is_left_out, left_out_of};
use crate::store::{StoreFiles, StorePath};
use crate::systemd::normalized;

/// How much of each kind a closure has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Surface {
    /// Files that the service sees, without directories and symlinks.
    pub files: u64,
    /// Files that its view leaves out. Besides the next two, nothing else counts them.
    pub hidden: u64,
    /// Executables among these.
    pub hidden_executables: u64,
    /// Interpreters among these.
    pub hidden_interpreters: u64,
    /// Files that can be executed: programs in ELF, and scripts. A program with many names counts once.
    pub executables: u64,
    /// Executables that run programs from text, by their name.
    pub interpreters: u64,
    /// Files with the set-user-ID or set-group-ID bit.
    pub set_id: u64,
    /// Files whose permissions let somebody write to them.
    pub writable: u64,
    /// Bytes of ELF files, libraries included, that are mapped as code.
    pub code: u64,
}

/// A surface; `None` if it can't be counted, because files are not on this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Counted(pub Option<Surface>);

/// The executables of a store path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Executables {
    /// Those that a service sees.
    pub seen: u64,
    /// Those that its view leaves out.
    pub hidden: u64,
}

impl AddAssign for Surface {
    fn add_assign(&mut self, other: Self) {
        self.files += other.files;
        self.hidden += other.hidden;
        self.hidden_executables += other.hidden_executables;
        self.hidden_interpreters += other.hidden_interpreters;
        self.executables += other.executables;
        self.interpreters += other.interpreters;
        self.set_id += other.set_id;
        self.writable += other.writable;
        self.code += other.code;
    }
}

/// The files of store paths.
#[derive(Debug, Default)]
pub struct Surfaces<'a> {
    /// `None` for paths that can't be looked at.
    paths: BTreeMap<&'a StorePath, Option<Vec<Measured>>>,
}

impl<'a> Surfaces<'a> {
    /// Looks at all files of the closures of a bundle.
    pub fn look(bundle: &'a Bundle, files: &dyn StoreFiles) -> Result<Self> {
        let mut surfaces = Self::default();
        surfaces.look_at(bundle.paths.keys().collect(), files)?;
        Ok(surfaces)
    }

    /// Looks at the files of these store paths too.
    pub fn look_at(&mut self, paths: Vec<&'a StorePath>, files: &dyn StoreFiles) -> Result<()> {
        let looked = paths.into_par_iter().map(|path| {
            let measured = measure(path, files)?;
            Ok((path, measured))
        });
        self.paths.extend(looked.collect::<Result<Vec<_>>>()?);
        Ok(())
    }

    /// The surface of what a service sees of its closure; `None` if some of its paths can't be looked at.
    pub fn of(&self, bundle: &Bundle, service: &BundleService) -> Option<Surface> {
        let left = left_out_of(bundle, service);
        let mut surface = Surface::default();
        for path in &bundle.closures[&service.closure].paths {
            surface += self.path(path, &left)?;
        }
        Some(surface)
    }

    /// The surface of those paths of what a service sees that can be looked at.
    pub fn at_least(&self, bundle: &Bundle, service: &BundleService) -> Surface {
        let left = left_out_of(bundle, service);
        let mut surface = Surface::default();
        for path in &bundle.closures[&service.closure].paths {
            surface += self.path(path, &left).unwrap_or_default();
        }
        surface
    }

    /// The surface of one store path, for a service whose view leaves these files out.
    pub fn path(&self, path: &StorePath, left: &LeftOut) -> Option<Surface> {
        let left = left.get(path).map_or(&[][..], Vec::as_slice);
        let mut surface = Surface::default();
        for file in self.files(path)? {
            surface += if is_left_out(left, &file.path) {
                Surface {
                    hidden: file.surface.files,
                    hidden_executables: file.surface.executables,
                    hidden_interpreters: file.surface.interpreters,
                    ..Surface::default()
                }
            } else {
                file.surface
            };
        }
        Some(surface)
    }

    /// How many executables of one store path a service sees, and how many its view leaves out.
    pub fn executables(&self, path: &StorePath, left: &LeftOut) -> Option<Executables> {
        let left = left.get(path).map_or(&[][..], Vec::as_slice);
        let mut executables = Executables::default();
        for file in self.files(path)? {
            let count = if is_left_out(left, &file.path) {
                &mut executables.hidden
            } else {
                &mut executables.seen
            };
            *count += file.surface.executables;
        }
        Some(executables)
    }

    /// The files and symlinks of a store path, sorted by path.
    pub fn files(&self, path: &StorePath) -> Option<&[Measured]> {
        self.paths.get(path)?.as_deref()
    }

    /// Whether a symlink at this absolute path leads to an executable, through symlinks of the store paths of the bundle. Symlinks to
    /// directories are not followed.
    pub fn leads_to_executable(&self, bundle: &Bundle, link: &str, target: &str) -> bool {
        let (mut at, mut target) = (link.to_owned(), target.to_owned());
        for _ in 0..MAX_SYMLINKS {
            at = joined(&at, &target);
            let Some(path) = bundle.store_dir.owner(&at) else {
                return false;
            };
            let below = at[path.as_str().len()..].trim_start_matches('/');
            let files = self.files(&path).unwrap_or_default();
            let found = files.binary_search_by(|file| file.path.as_str().cmp(below));
            let Some(file) = found.ok().map(|index| &files[index]) else {
                return false;
            };
            match &file.target {
                Some(next) => target.clone_from(next),
                None => return file.surface.executables > 0,
            }
        }
        false
    }
}

/// How many symlinks Linux follows in one path (path_resolution(7)).
const MAX_SYMLINKS: usize = 40;

/// The path of a symlink's target, without `.` and `..`.
fn joined(link: &str, target: &str) -> String {
    let parent = link.rsplit_once('/').map_or("", |(parent, _)| parent);
    if target.starts_with('/') {
        normalized(target)
    } else {
        normalized(&format!("{parent}/{target}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_of_a_link_is_joined_to_its_directory() {
        for (target, whole) in [
            ("bash", "/s/a/bin/bash"),
            ("../lib/./x", "/s/a/lib/x"),
            ("/s/b/bin/sh", "/s/b/bin/sh"),
            ("../../../../x", "/x"),
        ] {
            assert_eq!(joined("/s/a/bin/sh", target), whole, "{target}");
        }
    }
}
