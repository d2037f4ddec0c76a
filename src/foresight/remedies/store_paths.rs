//! Store paths that are not in the closure.

use crate::change::{Change, Package};
use crate::finding::Remedy;
use crate::foresight::sight::Sight;

impl Sight<'_> {
    /// Whether a string names this path, or one below it, without having it in its context.
    pub(in crate::foresight) fn is_bare(&self, path: &str) -> bool {
        let Some(owner) = self.inside.store_dir().owner(path) else {
            return false;
        };
        let mut mentions = self.confined.service.mentions.iter();
        mentions.any(|mention| mention.path.hash() == owner.hash())
    }

    /// What takes in a store path.
    pub(in crate::foresight) fn take_in(&self, path: &str) -> Vec<Remedy> {
        let package = Package {
            attribute: None,
            path: Some(path.to_owned()),
        };
        self.fix(
            "to add it to the closure",
            path,
            &[Change::Packages(vec![package])],
        )
    }
}
