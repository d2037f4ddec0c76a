//! Texts in which store paths may be closure roots.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};

use super::{UnitLine, unique_keys};
use crate::store::{StorePath, is_name_char};

/// A Nix string with the store objects in its context, which plain JSON would lose; or the text of a unit file, which has no
/// context.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceString {
    /// The text.
    pub text: String,
    /// The result of `builtins.getContext` for the string, by store path. Only its store objects can be closure roots. `None`
    /// for the text of a unit file, in which every store path is a closure root.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "context"
    )]
    pub context: Option<BTreeMap<StorePath, Context>>,
    /// The line of a unit file that it was read from; `None` for a Nix string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<UnitLine>,
}

impl SourceString {
    /// The text of a unit file.
    pub fn plain(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            context: None,
            line: None,
        }
    }

    /// What Nix has to realise for the store to contain what the string names: `<drv>!<outputs>`, or a path to substitute.
    pub fn installables(&self) -> impl Iterator<Item = String> {
        let package = self.line.iter().flat_map(|line| &line.package);
        self.context
            .iter()
            .flatten()
            .chain(package)
            .map(|(path, context)| {
                if context.outputs.is_empty() {
                    path.to_string()
                } else {
                    format!("{path}!{}", context.outputs.join(","))
                }
            })
    }
}

/// One element of a string context (`builtins.getContext`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Context {
    /// The path itself, which is a source.
    #[serde(default)]
    pub path: bool,
    /// The derivation and everything it needs.
    #[serde(default)]
    pub all_outputs: bool,
    /// These outputs of the derivation.
    #[serde(default, deserialize_with = "output_names")]
    pub outputs: Vec<String>,
    /// The paths of these outputs, if the names alone don't identify them in the text.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub paths: BTreeSet<StorePath>,
    /// The references of this path. The build of a bundle learns outputs in this way (`nix/bundle/roots.nix`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub references: bool,
}

/// Reads a context; a duplicate path is an error.
fn context<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<StorePath, Context>>, D::Error> {
    unique_keys(deserializer).map(Some)
}

/// Reads names of outputs, which become part of an argument to nix.
fn output_names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    match names
        .iter()
        .find(|name| name.is_empty() || !name.bytes().all(is_name_char))
    {
        Some(name) => Err(serde::de::Error::custom(format!(
            "{name:?} is not the name of an output"
        ))),
        None => Ok(names),
    }
}
