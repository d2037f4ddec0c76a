//! The names in a directory of the root of a service.

use std::collections::BTreeSet;

use anyhow::Result;

use super::inside::OF_SYSTEMD;
use super::{BASE, Found, Inside};
use crate::store::below;

impl Inside<'_> {
    /// Whether a directory exists only because something is mounted below it. systemd sorts mounts by path, so that such a directory does
    /// not exist yet when it handles an entry for the directory itself.
    pub fn is_made_by_mounts(&self, dir: &str) -> bool {
        // The view of the closure is mounted there.
        let is_view = self.root.strategy.is_view() && dir == self.store_dir().as_str();
        let is_bare = !is_view && self.nearest(dir).is_none() && !self.root.is_adopted;
        let is_of_closure = (self.store_dir().owner(dir)).is_some_and(|it| self.has(it.base()));
        is_bare && !is_of_closure && !self.is_of_base(dir)
    }

    /// Whether systemd makes a directory in every root of its own, before it mounts anything.
    pub fn is_of_base(&self, dir: &str) -> bool {
        BASE.contains(&dir) || OF_SYSTEMD.contains(&dir)
    }

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
