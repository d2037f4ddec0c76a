//! Texts in which store paths may be roots.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, Serialize};

use super::{UnitLine, unique_keys};
use crate::store::{StorePath, is_name_char};

/// A Nix string with the store objects in its context, which JSON would lose; or the text of a unit file, which has none.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceString {
    /// The text.
    pub text: String,
    /// What `builtins.getContext` returns for the string, by store path. Only what is in it can be a root. `None` for the text of a unit
    /// file, in which every store path is a root.
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

    /// What has to be realised so that the store has what the string names: `<drv>!<outputs>`, or a path to substitute.
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
    /// The path itself, a source.
    #[serde(default)]
    pub path: bool,
    /// The derivation with everything it needs.
    #[serde(default)]
    pub all_outputs: bool,
    /// These outputs of the derivation.
    #[serde(default, deserialize_with = "output_names")]
    pub outputs: Vec<String>,
    /// The paths of these outputs, where the names alone don't tell which paths of the text they are.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub paths: BTreeSet<StorePath>,
    /// What this path refers to. The build of a bundle learns outputs in this way (`nix/bundle/roots.nix`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub references: bool,
}

/// Reads a context, in which no path may be twice.
fn context<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<BTreeMap<StorePath, Context>>, D::Error> {
    unique_keys(deserializer).map(Some)
}

/// Reads names of outputs, which become part of an argument for nix.
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
