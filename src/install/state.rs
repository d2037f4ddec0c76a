//! Which generation is installed, and which one a run was installing when it ended.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::{Place, manifest};
use crate::document::{is_absent, sweep, sync_directory};

/// The directory of generations.
const GENERATIONS: &str = "generations";
/// The link to what is installed.
const CURRENT: &str = "current";
/// The link to what is being installed. A run makes it before it changes a unit, and renames it to [`CURRENT`] when it is done.
const NEXT: &str = "next";
/// The name of a link before it replaces another.
const NEW: &str = ".next";
/// The number of attempts to lock a directory that other runs remove.
const TRIES: usize = 100;
/// What [`NEXT`] leads to while everything is removed.
const NOTHING: &str = "nothing";

/// What is to be installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// This generation.
    Generation(u64),
    /// Nothing: everything is removed.
    Nothing,
}

impl Goal {
    fn target(self) -> PathBuf {
        match self {
            Self::Generation(number) => Path::new(GENERATIONS).join(number.to_string()),
            Self::Nothing => NOTHING.into(),
        }
    }
}

/// The state of an installation.
#[derive(Clone, Debug)]
pub struct State {
    /// The generation that is installed.
    pub current: Option<u64>,
    /// The generation that is installed, if its manifest is gone: what it installed is only known as far as others list it.
    pub lost: Option<u64>,
    /// What a run that has not ended, or was killed, is installing.
    pub next: Option<Goal>,
    /// The numbers of all generations, sorted.
    pub generations: Vec<u64>,
}

impl State {
    /// Reads the state. A link to a generation that was never completed counts as none: nothing was changed for it.
    pub fn read(place: &Place) -> Result<Self> {
        let mut generations = Vec::new();
        match fs::read_dir(place.generations()) {
            Ok(entries) => {
                for entry in entries {
                    let name = entry?.file_name();
                    generations.extend(name.to_str().and_then(number));
                }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                return Err(error)
                    .with_context(|| format!("cannot list {}", place.generations().display()));
            }
        }
        generations.sort_unstable();
        let current = match goal(&place.state().join(CURRENT))? {
            Some(Goal::Generation(number)) => Some(number),
            Some(Goal::Nothing) | None => None,
        };
        let is_complete = |goal: &Goal| match goal {
            Goal::Generation(number) => generations.contains(number),
            Goal::Nothing => true,
        };
        let next = goal(&place.state().join(NEXT))?.filter(is_complete);
        let is_lost = |number: &u64| {
            let manifest = place.generation(*number).join(manifest::FILE);
            next != Some(Goal::Nothing)
                && fs::symlink_metadata(manifest).is_err_and(|error| is_absent(&error))
        };
        let lost = current.filter(is_lost);
        Ok(Self {
            current: current.filter(|_| lost.is_none()),
            lost,
            next,
            generations,
        })
    }

    /// The generations whose store paths are kept.
    pub fn kept(&self) -> Vec<u64> {
        self.generations.iter().copied().chain(self.lost).collect()
    }

    /// The number of a new generation.
    pub fn new_number(&self, place: &Place) -> Result<u64> {
        let last = self
            .generations
            .last()
            .copied()
            .max(self.lost)
            .unwrap_or_default();
        last.checked_add(1).with_context(|| {
            format!(
                "{} is not confinix's: move it elsewhere",
                place.generation(last).display()
            )
        })
    }
}

/// Where a link leads; `None` if there is none.
fn goal(link: &Path) -> Result<Option<Goal>> {
    let target = match fs::read_link(link) {
        Ok(target) => target,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", link.display())),
    };
    let generation = target.strip_prefix(GENERATIONS).ok();
    let generation = generation.and_then(|name| name.to_str()).and_then(number);
    match generation {
        Some(number) => Ok(Some(Goal::Generation(number))),
        None if target == Path::new(NOTHING) => Ok(Some(Goal::Nothing)),
        None => bail!(
            "{} leads to {}, which is no generation",
            link.display(),
            target.display()
        ),
    }
}

fn number(name: &str) -> Option<u64> {
    let number: u64 = name.parse().ok()?;
    (number.to_string() == name).then_some(number)
}

/// Removes a link, if it is there.
fn remove(link: &Path) -> io::Result<()> {
    match fs::remove_file(link) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The generation that is installed in a place, if there is one.
pub fn current(place: &Place) -> Option<PathBuf> {
    let link = place.state().join(CURRENT);
    fs::canonicalize(link).ok()
}

/// Whether an open directory is the one at a path.
fn is_at(directory: &File, path: &Path) -> bool {
    let id = |metadata: io::Result<fs::Metadata>| {
        let metadata = metadata.ok()?;
        Some((metadata.dev(), metadata.ino()))
    };
    let opened = id(directory.metadata());
    opened.is_some() && opened == id(fs::metadata(path))
}

/// The right to change an installation, which one run has at a time.
pub struct Lock {
    directory: File,
    state: PathBuf,
}

impl Drop for Lock {
    /// Removes the directory if nothing is installed: the run failed, or has removed everything.
    fn drop(&mut self) {
        let _ = fs::remove_dir(self.state.join(GENERATIONS));
        let _ = fs::remove_dir(&self.state);
    }
}

impl Lock {
    /// Takes it. Makes the directory of the installation.
    pub fn take(place: &Place) -> Result<Self> {
        let state = place.state();
        for _ in 0..TRIES {
            fs::create_dir_all(place.generations())
                .with_context(|| format!("cannot create {}", place.generations().display()))?;
            let directory =
                File::open(&state).with_context(|| format!("cannot open {}", state.display()))?;
            match flock(&directory, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) if is_at(&directory, &state) => {
                    // What runs left that were killed.
                    sweep(&place.generations());
                    sweep(&place.units());
                    return Ok(Self { directory, state });
                }
                // Another run has removed it meanwhile.
                Ok(()) => {}
                Err(Errno::WOULDBLOCK) => break,
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot lock {}", state.display()));
                }
            }
        }
        bail!(
            "another run of `confinix install` is changing {}: wait for it",
            state.display()
        )
    }

    /// Records what is being installed. From now on, a run that ends early is finished or undone by the next one.
    pub fn begin(&self, place: &Place, goal: Goal) -> Result<()> {
        let link = place.state().join(NEXT);
        let new = place.state().join(NEW);
        let write = || {
            remove(&new)?;
            symlink(goal.target(), &new)?;
            fs::rename(&new, &link)?;
            sync_directory(&place.state(), Some(&self.directory))
        };
        write().with_context(|| format!("cannot create {}", link.display()))
    }

    /// Removes the record of what is being installed, if there is one.
    pub fn forget(&self, place: &Place) -> Result<()> {
        let link = place.state().join(NEXT);
        remove(&link).with_context(|| format!("cannot remove {}", link.display()))
    }

    /// Records that what was being installed is installed.
    pub fn complete(&self, place: &Place) -> Result<()> {
        let (next, current) = (place.state().join(NEXT), place.state().join(CURRENT));
        fs::rename(&next, &current)
            .and_then(|()| sync_directory(&place.state(), Some(&self.directory)))
            .with_context(|| format!("cannot rename {} to {}", next.display(), current.display()))
    }

    /// Removes all generations, and what tells of an installation. While this goes on, [`Goal::Nothing`] is being installed.
    pub fn clear(&self, place: &Place) -> Result<()> {
        let state = &self.state;
        let clear = || {
            remove(&state.join(CURRENT))?;
            fs::remove_dir_all(place.generations())?;
            remove(&state.join(NEXT))
        };
        clear().with_context(|| format!("cannot clear {}", state.display()))
    }
}
