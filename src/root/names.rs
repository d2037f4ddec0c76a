//! The names in a directory of the root of a service.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Found, Inside};
use crate::store::below;

impl Inside<'_> {
    /// The names that a directory may have, if nobody can add others: mounts, and what leads to them. `None` if it may have any.
    pub fn names(&self, dir: &str) -> Result<Option<BTreeSet<&str>>> {
        let is_bare = self.nearest(dir).is_none()
            && self.store_dir().owner(dir).is_none()
            && self.writable(dir) == Some(false);
        if !is_bare || self.look(dir)? != Found::Directory {
            return Ok(None);
        }
        let targets = self.root.mounts.iter().map(|mount| &*mount.target);
        let below_it = targets.filter_map(|target| below(target, dir));
        let names = below_it.filter_map(|rest| rest.trim_start_matches('/').split('/').next());
        Ok(Some(names.filter(|name| !name.is_empty()).collect()))
    }
}
