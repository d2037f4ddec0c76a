//! What has to change in the directory of units, if that is allowed.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};

use super::Place;
use super::earlier::Owned;
use super::files::{Found, FoundDirectory, look, look_at_directory};
use super::manifest::unit_of;
use crate::bundle::Digest;
use crate::text::{InLines, shell_operands};

/// A change of one file: its content before and after. One of the two is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its content now; `None` if it is new.
    pub old: Option<Vec<u8>>,
    /// Its content afterwards; `None` if it is removed.
    pub new: Option<Vec<u8>>,
}

/// Changes by the path of the file in the directory of units.
pub type Changes = BTreeMap<String, Change>;

/// What has to be done in the directory of units.
#[derive(Debug, Default)]
pub struct Plan {
    /// The changes.
    pub changes: Changes,
    /// The directories for drop-ins that confinix has made or will make, and so removes when they are empty.
    pub directories: BTreeSet<String>,
}

impl Plan {
    /// Compares the directory of units with what is wanted there. Fails if a file that is in the way is not confinix's, or has been edited.
    pub fn new(place: &Place, owned: &Owned, wanted: &BTreeMap<String, Vec<u8>>) -> Result<Self> {
        let mut plan = Self::default();
        let mut problems = Vec::new();
        let listed = owned
            .manifests
            .iter()
            .flat_map(|manifest| manifest.files.keys());
        let paths: BTreeSet<&String> = listed.chain(wanted.keys()).collect();
        for path in paths {
            let looked = Looked {
                place,
                owned,
                path,
                wanted: wanted.get(path).map(Vec::as_slice),
            };
            match looked.change()? {
                Ok(change) => plan
                    .changes
                    .extend(change.map(|change| (path.clone(), change))),
                Err(problem) => problems.push(problem),
            }
        }
        plan.directories = directories(place, owned, wanted, &mut problems)?;
        if problems.is_empty() {
            return Ok(plan);
        }
        bail!(InLines(format!(
            "nothing was changed, because confinix changes only files that it wrote and that are as it wrote them:\n  {}",
            first(problems).join("\n  ")
        )))
    }
}

/// The first of many problems, and how many more there are.
pub fn first(mut problems: Vec<String>) -> Vec<String> {
    const TOLD: usize = 10;
    let more = problems.len().saturating_sub(TOLD);
    problems.truncate(TOLD);
    if more > 0 {
        problems.push(format!("and {more} more"));
    }
    problems
}

/// A file, and what is wanted of it.
struct Looked<'a> {
    place: &'a Place,
    owned: &'a Owned,
    path: &'a str,
    wanted: Option<&'a [u8]>,
}

impl Looked<'_> {
    /// The change that makes it what is wanted, or the reason why it can't be made.
    fn change(&self) -> Result<Result<Option<Change>, String>> {
        let new = self.wanted;
        let change = |old| {
            let new = new.map(<[u8]>::to_vec);
            Ok(Ok(Some(Change { old, new })))
        };
        let full = self.place.units().join(self.path);
        let shown = full.display();
        let digests: Vec<&Digest> = self
            .owned
            .manifests
            .iter()
            .filter_map(|manifest| manifest.files.get(self.path))
            .collect();
        let unit = unit_of(self.path);
        match look(&full)? {
            Found::Nothing if new.is_none() => Ok(Ok(None)),
            Found::Nothing => change(None),
            Found::File(found) if new == Some(&found[..]) && self.owned.is_incomplete => {
                Ok(Ok(None))
            }
            Found::File(found) if digests.is_empty() => Ok(Err(format!(
                "{shown} exists{}: move it elsewhere, or give the service another name",
                if new == Some(&found[..]) {
                    " with the same content, and confinix did not install it"
                } else {
                    ", and confinix did not install it"
                }
            ))),
            Found::File(found) if new == Some(&found[..]) => Ok(Ok(None)),
            Found::File(found) if digests.contains(&&Digest::of(&found)) => change(Some(found)),
            Found::File(_) => Ok(Err(format!(
                "{shown} was edited since it was installed: make the change in the configuration, or in a drop-in of your own ({} edit {}), and remove the file",
                self.place.systemctl(),
                shell_operands([unit])
            ))),
            Found::Mask => Ok(Err(format!(
                "{shown} masks {unit}: remove the mask first ({} unmask {})",
                self.place.systemctl(),
                shell_operands([unit])
            ))),
            Found::Other(what) => Ok(Err(format!(
                "{shown} is {what}, and confinix did not install it: move it elsewhere, or give the service another name"
            ))),
        }
    }
}

/// The directories that confinix has made or has to make.
fn directories(
    place: &Place,
    owned: &Owned,
    wanted: &BTreeMap<String, Vec<u8>>,
    problems: &mut Vec<String>,
) -> Result<BTreeSet<String>> {
    let mut own = BTreeSet::new();
    let directory_of = |path: &String| Some(path.split_once('/')?.0.to_owned());
    let needed: BTreeSet<String> = wanted.keys().filter_map(directory_of).collect();
    let listed = owned
        .manifests
        .iter()
        .flat_map(|manifest| manifest.files.keys());
    let used = listed.filter_map(directory_of).chain(needed.clone());
    for directory in used.collect::<BTreeSet<_>>() {
        let full = place.units().join(&directory);
        let is_own = match look_at_directory(&full)? {
            FoundDirectory::Nothing => true,
            FoundDirectory::Directory => {
                let mut manifests = owned.manifests.iter();
                owned.is_incomplete
                    || manifests.any(|manifest| manifest.directories.contains(&directory))
            }
            FoundDirectory::Other => {
                problems.push(format!(
                    "{} is no directory, and a drop-in belongs into it: move it elsewhere",
                    full.display()
                ));
                false
            }
        };
        if is_own && needed.contains(&directory) {
            own.insert(directory);
        }
    }
    Ok(own)
}
