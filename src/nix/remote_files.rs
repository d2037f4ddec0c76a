//! The files of a store on another machine. Each look is one call of nix.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::Failed;
use super::Nix;
use super::command::read_all;
use crate::document::{Document, Kind, limited, read_json};
use crate::store::{Closely, Directories, Entry, Item, ItemKind, StoreFiles};

/// A store on another machine, read through `nix store ls` and `nix store cat`. Answers are cached, as services share many paths.
pub(super) struct RemoteFiles<'a> {
    nix: &'a Nix<'a>,
    listings: Answers<Option<Arc<Listing>>>,
    contents: Answers<Option<Arc<[u8]>>>,
}

impl<'a> RemoteFiles<'a> {
    pub(super) fn new(nix: &'a Nix<'a>) -> Self {
        Self {
            nix,
            listings: Answers::default(),
            contents: Answers::default(),
        }
    }

    fn listing(&self, path: &str) -> Result<Option<Arc<Listing>>> {
        self.listings.get(path, || {
            let arguments = ["--json", path].map(OsString::from);
            let listing = self.nix.nix(&["store", "ls"], arguments, |output| {
                read_json::<Listing>(limited(output, Kind::Listing))
            });
            match listing {
                Ok(listing) => Ok(Some(Arc::new(listing))),
                Err(error) if is_absent(&error) => Ok(None),
                Err(error) => Err(error.context(format!("cannot access {path}"))),
            }
        })
    }

    /// Everything in a store path, sorted by path.
    fn nested(&self, path: &str) -> Result<Vec<Item>> {
        let arguments = ["--json", "--recursive", path].map(OsString::from);
        let listing = self.nix.nix(&["store", "ls"], arguments, |output| {
            read_json::<Nested>(limited(output, Kind::Listing))
        });
        let listing = listing.with_context(|| format!("cannot list the directories of {path}"))?;
        if listing.kind != "directory" {
            return Ok(vec![listing.item(String::new())]);
        }
        let mut found = Vec::new();
        let mut todo = vec![(String::new(), listing)];
        while let Some((prefix, listing)) = todo.pop() {
            for (name, entry) in listing.entries {
                let path = format!("{prefix}{}", Directories::name(name.as_bytes()));
                found.push(entry.item(path.clone()));
                if !entry.entries.is_empty() {
                    todo.push((format!("{path}/"), entry));
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }
}

/// The fields used here of the output of `nix store ls --json`.
#[derive(Deserialize)]
struct Listing {
    #[serde(rename = "type")]
    kind: String,
    target: Option<String>,
    size: Option<u64>,
    #[serde(default)]
    executable: bool,
    #[serde(default)]
    entries: BTreeMap<String, serde_json::Value>,
}

/// The fields used here of the output of `nix store ls --json --recursive`.
#[derive(Deserialize)]
struct Nested {
    #[serde(rename = "type")]
    kind: String,
    target: Option<String>,
    #[serde(default)]
    entries: BTreeMap<String, Nested>,
}

impl Nested {
    fn item(&self, path: String) -> Item {
        let kind = match (self.kind.as_str(), &self.target) {
            ("directory", _) => ItemKind::Directory,
            ("regular", _) => ItemKind::File(None),
            ("symlink", Some(target)) => ItemKind::Symlink(target.clone()),
            _ => ItemKind::Other,
        };
        Item { path, kind }
    }
}

/// The possible NAR sizes of a symlink, in bytes: 112 for the frame, plus the target, which is padded to 8 and at most 4,096 long
/// (the NAR format in the Nix manual; `PATH_MAX`).
const SYMLINK_NAR_SIZES: std::ops::RangeInclusive<u64> = 112..=112 + 4096;

impl StoreFiles for RemoteFiles<'_> {
    fn entry(&self, path: &str, nar_size: Option<u64>) -> Result<Option<Entry>> {
        if nar_size.is_some_and(|size| !SYMLINK_NAR_SIZES.contains(&size)) {
            return Ok(Some(Entry::Other));
        }
        let Some(listing) = self.listing(path)? else {
            return Ok(Some(Entry::Missing));
        };
        let entry = match (listing.kind.as_str(), &listing.target, listing.size) {
            ("symlink", Some(target), _) => Entry::Symlink(target.clone()),
            ("regular", _, Some(size)) => Entry::File {
                size,
                executable: listing.executable,
            },
            ("directory", _, _) => Entry::Directory,
            _ => Entry::Other,
        };
        Ok(Some(entry))
    }

    fn open(&self, path: &str, kind: Kind) -> Result<Option<Document>> {
        let content = self.contents.get(path, || {
            let read = |output| read_all(output, kind);
            match self.nix.nix(&["store", "cat"], [path.into()], read) {
                Ok(content) => Ok(Some(content.into())),
                Err(error) if is_absent(&error) => Ok(None),
                Err(error) => Err(error.context(format!("cannot read {path}"))),
            }
        })?;
        Ok(content.map(Document::in_memory))
    }

    fn list(&self, path: &str) -> Result<Option<Vec<String>>> {
        let listing = self.listing(path)?;
        let directory = listing.filter(|listing| listing.kind == "directory");
        Ok(directory.map(|directory| directory.entries.keys().cloned().collect()))
    }

    fn directories(&self, path: &str) -> Result<Option<Directories>> {
        let items = self.nested(path)?.into_iter();
        let directories = items.filter(|item| item.kind == ItemKind::Directory);
        Ok(Some(directories.map(|item| item.path).collect()))
    }

    /// `nix store ls` lists only names and types.
    fn items(&self, path: &str, closely: Closely) -> Result<Option<Vec<Item>>> {
        match closely {
            Closely::Names => self.nested(path).map(Some),
            Closely::Inside => Ok(None),
        }
    }

    /// Below the default number of connections that sshd accepts before authentication (`MaxStartups` in sshd_config(5)).
    fn looks_at_once(&self) -> Option<usize> {
        Some(8)
    }
}

fn is_absent(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<Failed>()
        .is_some_and(|failed| failed.stderr.contains("does not exist"))
}

/// Answers by path. Concurrent requests for one path share a single lookup.
struct Answers<T>(Mutex<HashMap<String, Arc<Mutex<Option<T>>>>>);

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Answers<T> {
    /// Returns the answer for a path. Errors are not cached.
    fn get(&self, path: &str, ask: impl FnOnce() -> Result<T>) -> Result<T> {
        let answer = lock(&self.0).entry(path.to_owned()).or_default().clone();
        let mut answer = lock(&answer);
        if let Some(answer) = &*answer {
            return Ok(answer.clone());
        }
        Ok(answer.insert(ask()?).clone())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_asked_at_the_same_time_is_asked_once() -> Result<()> {
        let (answers, asked) = (Answers::default(), AtomicUsize::new(0));
        let get = || {
            answers.get("/a", || {
                thread::sleep(Duration::from_millis(20));
                Ok(asked.fetch_add(1, Ordering::Relaxed))
            })
        };
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(get);
            }
        });
        assert_eq!((get()?, asked.into_inner()), (0, 1));
        Ok(())
    }

    #[test]
    fn what_could_not_be_had_is_asked_again() -> Result<()> {
        let answers = Answers::default();
        assert!(answers.get("/a", || anyhow::bail!("not now")).is_err());
        assert_eq!(answers.get("/a", || Ok(1))?, 1);
        Ok(())
    }
}
