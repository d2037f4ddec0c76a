//! The files of the store that nix was told to use.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use serde::Deserialize;

use super::Nix;
use super::command::{Failed, read_text};
use crate::service::read_json;
use crate::store::{Entry, LocalFiles, NoFiles, StoreDir, StoreFiles};

/// The files of nix's store: on this machine, below the root of a `local?root=` store, or through `nix store ls` and `nix store cat`.
pub fn files<'a>(nix: &'a Nix<'a>, dir: &StoreDir) -> Box<dyn StoreFiles + 'a> {
    let from_environment = std::env::var("NIX_REMOTE").ok();
    let store = nix.options().store.clone().or(from_environment);
    match local_root(store.as_deref().unwrap_or_default()) {
        Some(root) => Box::new(LocalFiles::new(root, dir)),
        None => Box::new(RemoteFiles {
            nix,
            seen: Mutex::default(),
        }),
    }
}

/// The files of the store that nix uses when told `store`, where they are on this machine; no files where they are not.
pub fn local_files(store: Option<&str>, dir: &StoreDir) -> Box<dyn StoreFiles> {
    let from_environment = std::env::var("NIX_REMOTE").ok();
    match local_root(store.or(from_environment.as_deref()).unwrap_or_default()) {
        Some(root) => Box::new(LocalFiles::new(root, dir)),
        None => Box::new(NoFiles),
    }
}

/// The directory below which a store has its files on this machine (the store URLs of `nix help-stores`).
fn local_root(store: &str) -> Option<String> {
    let (kind, parameters) = store.split_once('?').unwrap_or((store, ""));
    let parameter = |name: &str| {
        parameters
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.to_owned())
    };
    match kind {
        "" | "auto" | "daemon" | "local" if parameter("real").is_none() => {
            Some(parameter("root").unwrap_or_else(|| "/".to_owned()))
        }
        kind if kind.starts_with("unix://") => Some("/".to_owned()),
        kind if kind.starts_with(['/', '.']) => Some(kind.to_owned()),
        kind => kind
            .strip_prefix("local://")
            .filter(|root| root.starts_with('/'))
            .map(str::to_owned),
    }
}

/// A store elsewhere, one call of nix a look; nothing is looked at twice, as most services have the same shell.
struct RemoteFiles<'a> {
    nix: &'a Nix<'a>,
    seen: Mutex<HashMap<String, Entry>>,
}

impl RemoteFiles<'_> {
    fn look(&self, path: &str) -> Result<Entry> {
        let Some(listing) = self.listing(path)? else {
            return Ok(Entry::Missing);
        };
        Ok(
            match (listing.kind.as_str(), listing.target, listing.size) {
                ("symlink", Some(target), _) => Entry::Symlink(target),
                ("regular", _, Some(size)) => Entry::File {
                    size,
                    executable: listing.executable,
                },
                ("directory", _, _) => Entry::Directory,
                _ => Entry::Other,
            },
        )
    }

    fn listing(&self, path: &str) -> Result<Option<Listing>> {
        let arguments = ["--json", path].map(OsString::from);
        let listing = self
            .nix
            .nix(&["store", "ls"], arguments, read_json::<Listing>);
        match listing {
            Ok(listing) => Ok(Some(listing)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error.context(format!("could not look at {path}"))),
        }
    }

    fn seen(&self) -> MutexGuard<'_, HashMap<String, Entry>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What `nix store ls --json` prints, as far as it matters here.
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

/// NAR sizes that a symlink can have, in bytes: its frame takes 112, its target is padded to 8 and at most 4,096 long
/// (the NAR format in the Nix manual; `PATH_MAX`).
const SYMLINK_NAR_SIZES: std::ops::RangeInclusive<u64> = 112..=112 + 4096;

impl StoreFiles for RemoteFiles<'_> {
    fn entry(&self, path: &str, nar_size: Option<u64>) -> Result<Option<Entry>> {
        if nar_size.is_some_and(|size| !SYMLINK_NAR_SIZES.contains(&size)) {
            return Ok(Some(Entry::Other));
        }
        let seen = self.seen().get(path).cloned();
        if seen.is_some() {
            return Ok(seen);
        }
        let entry = self.look(path)?;
        self.seen().insert(path.to_owned(), entry.clone());
        Ok(Some(entry))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        match self.nix.nix(&["store", "cat"], [path.into()], read_text) {
            Ok(text) => Ok(Some(text.into_bytes())),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error.context(format!("could not read {path}"))),
        }
    }

    fn list(&self, path: &str) -> Result<Option<Vec<String>>> {
        let listing = self.listing(path)?;
        let directory = listing.filter(|listing| listing.kind == "directory");
        Ok(directory.map(|directory| directory.entries.into_keys().collect()))
    }

    /// Fewer than the connections that sshd lets wait (`MaxStartups` in sshd_config(5)).
    fn looks_at_once(&self) -> Option<usize> {
        Some(8)
    }
}

fn is_absent(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<Failed>()
        .is_some_and(|failed| failed.stderr.contains("does not exist"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_url_tells_where_the_files_are() {
        for (url, root) in [
            ("", Some("/")),
            ("daemon", Some("/")),
            ("unix:///run/nix.sock", Some("/")),
            ("local?root=/mnt", Some("/mnt")),
            ("local?read-only=true&root=/mnt", Some("/mnt")),
            ("/mnt", Some("/mnt")),
            ("ssh-ng://host", None),
            ("https://cache.example.org", None),
            ("file:///srv/cache", None),
            ("local?real=/elsewhere", None),
        ] {
            assert_eq!(local_root(url).as_deref(), root, "{url}");
        }
    }
}
