//! Store paths that are not in the closure.

use super::providers::providers;
use crate::change::{Change, Package};
use crate::finding::Remedy;
use crate::foresight::sight::Sight;
use crate::store;

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
        self.take_in_package(None, path)
    }

    /// What takes in the store path of a file, as the package of nixpkgs that is known to have a command of its name; nothing if the
    /// file is in no store path.
    pub(in crate::foresight) fn take_in_owner(&self, file: &str) -> Vec<Remedy> {
        let Some(owner) = self.inside.store_dir().owner(file) else {
            return Vec::new();
        };
        let command = file.rsplit('/').next().unwrap_or_default();
        let name = store::Package::parse(owner.name()).name;
        let attribute = providers(command).find(|known| *known == name);
        self.take_in_package(attribute.map(str::to_owned), &owner.to_string())
    }

    fn take_in_package(&self, attribute: Option<String>, path: &str) -> Vec<Remedy> {
        let package = Package {
            attribute,
            path: Some(path.to_owned()),
        };
        self.fix(
            "to add it to the closure",
            path,
            &[Change::Packages(vec![package])],
        )
    }
}
