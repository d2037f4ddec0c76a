//! Reads a graph from JSON in any of Nix's formats.
//!
//! The format is told by its shape, never by a version: `nix path-info --json` prints an array up to Nix 2.18 and in Lix, an object
//! keyed by path since 2.19, and an object with `info` in `--json-format` 2 and 3; `exportReferencesGraph` writes an array; a
//! bundle has `paths`. Paths are absolute or, in formats 2 and 3, base names.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{BufReader, Read};

use anyhow::{Context, Result};
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};

use super::GraphBuilder;
use super::listed::{ListedSeed, add};

/// Reads one JSON document into `builder` as it arrives. Errors contain the line and the column.
pub fn read_graph(input: impl Read, builder: &mut GraphBuilder) -> Result<()> {
    let input = BufReader::with_capacity(1 << 18, input);
    read_document(serde_json::Deserializer::from_reader(input), builder)
}

/// Reads a JSON document in memory, which is faster than [`read_graph`].
pub fn parse_graph(json: &[u8], builder: &mut GraphBuilder) -> Result<()> {
    read_document(serde_json::Deserializer::from_slice(json), builder)
}

fn read_document<'de>(
    mut json: serde_json::Deserializer<impl serde_json::de::Read<'de>>,
    builder: &mut GraphBuilder,
) -> Result<()> {
    builder.begin_reading();
    GraphSeed(builder)
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .context("the JSON is not a graph of store paths")
}

/// Reads a graph that is part of another JSON document.
pub struct GraphSeed<'b, 'f>(pub &'b mut GraphBuilder<'f>);

impl<'de> DeserializeSeed<'de> for GraphSeed<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for GraphSeed<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("what `nix path-info --json` prints (an array or an object of store paths)")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(entry) = seq.next_element_seed(ListedSeed(&mut *self.0))? {
            let mut entry = entry.ok_or_else(|| {
                A::Error::invalid_type(Unexpected::Unit, &ListedSeed(&mut *self.0))
            })?;
            let path = entry.path.take();
            let path = path.ok_or_else(|| A::Error::missing_field("path"))?;
            add(self.0, &path, Some(entry)).map_err(whole)?;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "storeDir" => {
                    let dir: String = map.next_value()?;
                    self.0.set_store_dir(&dir).map_err(whole)?;
                }
                "info" | "paths" => map.next_value_seed(Entries(self.0))?,
                "version" | "closures" | "services" | "seal" => {
                    map.next_value::<IgnoredAny>()?;
                }
                path if path.starts_with('/') => {
                    let entry = map.next_value_seed(ListedSeed(&mut *self.0))?;
                    add(self.0, path, entry).map_err(whole)?;
                }
                other => {
                    return Err(A::Error::custom(format!(
                        "unexpected key {other:?}: no format of Nix has this key"
                    )));
                }
            }
            if !key.starts_with('/') && !seen.insert(key.clone()) {
                return Err(A::Error::custom(format!("duplicate key {key:?}")));
            }
        }
        Ok(())
    }
}

/// Reads an object of entries by path.
struct Entries<'b, 'f>(&'b mut GraphBuilder<'f>);

impl<'de> DeserializeSeed<'de> for Entries<'_, '_> {
    type Value = ();
    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of store paths")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(path) = map.next_key::<String>()? {
            let entry = map.next_value_seed(ListedSeed(&mut *self.0))?;
            add(self.0, &path, entry).map_err(whole)?;
        }
        Ok(())
    }
}

/// Converts an error with all its causes; serde would keep only the outermost.
#[allow(clippy::needless_pass_by_value, reason = "map_err passes it by value")]
fn whole<E: Error>(error: anyhow::Error) -> E {
    E::custom(format!("{error:#}"))
}
