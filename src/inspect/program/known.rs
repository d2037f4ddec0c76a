//! What many services have in common is looked at once.

use std::collections::BTreeMap;
use std::sync::Mutex;

use anyhow::Result;

use crate::inspect::Elf;

/// What is known of the files of a store already: most services load the same few libraries.
#[derive(Default)]
pub struct Known {
    pub(super) libraries: Mutex<BTreeMap<String, Result<Elf, String>>>,
    pub(super) loaders: Mutex<BTreeMap<String, Vec<String>>>,
}

/// The value of a key, made where it is not there yet; two threads may both make it.
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
