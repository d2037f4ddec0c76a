//! Caches what is known about files that many services have in common.

use std::collections::BTreeMap;
use std::sync::Mutex;

use anyhow::Result;

use crate::inspect::Elf;

/// What is known about the files of a store: most services load the same few libraries.
#[derive(Default)]
pub struct Known {
    pub(super) libraries: Mutex<BTreeMap<String, Result<Elf, String>>>,
    pub(super) loaders: Mutex<BTreeMap<String, Vec<String>>>,
}

/// Returns the cached value of a key, or makes it. Two threads may both make it.
pub(super) fn remembered<T: Clone>(
    known: &Mutex<BTreeMap<String, T>>,
    key: &str,
    make: impl FnOnce() -> Result<Option<T>>,
) -> Result<Option<T>> {
    let found = known.lock().ok().and_then(|known| known.get(key).cloned());
    if found.is_some() {
        return Ok(found);
    }
    let made = make()?;
    if let (Ok(mut known), Some(made)) = (known.lock(), &made) {
        known.insert(key.to_owned(), made.clone());
    }
    Ok(made)
}
