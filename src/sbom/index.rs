//! Store paths, by what advisories may call them.

use std::collections::HashMap;

use crate::advisory::{Named, Presence, Product, Verdict, plain};
use crate::store::{Package, StorePath};

/// Why a store path with the name, but without the prefix, of a package may be another one.
const OTHER: &str =
    "its name lacks the prefix that nixpkgs gives such packages, so it may be another program";

/// Store paths, by name.
pub struct Index<'a> {
    by_base: HashMap<&'a str, &'a StorePath>,
    by_name: HashMap<String, Vec<&'a StorePath>>,
    /// Of packages with a prefix, by prefix and the rest of their name.
    by_part: HashMap<(Presence, String), Vec<&'a StorePath>>,
}

impl<'a> Index<'a> {
    /// Makes the index of store paths.
    pub fn new(paths: impl Iterator<Item = &'a StorePath>) -> Self {
        let mut index = Self {
            by_base: HashMap::new(),
            by_name: HashMap::new(),
            by_part: HashMap::new(),
        };
        for path in paths {
            let name = Package::parse(path.name()).name;
            index.by_base.insert(path.base(), path);
            index.by_name.entry(plain(name)).or_default().push(path);
            for presence in Presence::PREFIXED {
                if let Some(part) = presence.part_of(name) {
                    let key = (presence, plain(part));
                    index.by_part.entry(key).or_default().push(path);
                }
            }
        }
        index
    }

    /// The store paths of a product, each with what the advisory says of it.
    pub fn find(&self, product: &Product) -> Vec<(&'a StorePath, Verdict)> {
        let told = |path: &&'a StorePath| {
            let version = Package::parse(path.name()).version;
            (*path, product.verdict(version))
        };
        match &product.named {
            Named::Path(base) => {
                let path = self.by_base.get(base.as_str());
                path.map(told).into_iter().collect()
            }
            Named::Package(ecosystem, name) => {
                let name = plain(name);
                let named = |name: &str| self.by_name.get(name).into_iter().flatten();
                match ecosystem.presence() {
                    Presence::Inside => Vec::new(),
                    Presence::Nixpkgs | Presence::Own | Presence::Distribution => {
                        named(&name).map(told).collect()
                    }
                    prefixed @ Presence::Prefixed(_) => {
                        let other = named(&name).map(|path| (*path, Verdict::Unknown(OTHER)));
                        let own = self.by_part.get(&(prefixed, name.clone()));
                        own.into_iter().flatten().map(told).chain(other).collect()
                    }
                }
            }
        }
    }
}
