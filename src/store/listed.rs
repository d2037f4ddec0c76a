//! Reads the JSON entry of one store path.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::graph::Reference;
use super::{GraphBuilder, Link, NarHash, PathInfo};

/// Reads the entry of one path, or `null`. References go directly into the graph, as there are hundreds of thousands of them.
pub struct ListedSeed<'b, 'f>(pub &'b mut GraphBuilder<'f>);

/// The fields of an entry that the graph needs. Other fields are ignored: Nix prints more, and will add others.
#[derive(Default)]
pub struct Listed {
    pub path: Option<String>,
    nar_hash: Option<NarHash>,
    nar_size: Option<u64>,
    references: Option<Result<Vec<Reference>>>,
    valid: Option<bool>,
    symlink: Option<String>,
    target: Option<String>,
    unresolved: Option<bool>,
    store_dir: Option<String>,
}

/// The keys of an entry.
#[derive(Clone, Copy, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    Path,
    NarHash,
    NarSize,
    References,
    Valid,
    Symlink,
    Target,
    Unresolved,
    StoreDir,
    #[serde(other)]
    Other,
}

impl<'de> DeserializeSeed<'de> for ListedSeed<'_, '_> {
    type Value = Option<Listed>;
    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ListedSeed<'_, '_> {
    type Value = Option<Listed>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object that describes a store path")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut entry = Listed::default();
        let mut seen = BTreeSet::new();
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Path => entry.path = map.next_value()?,
                Key::NarHash => entry.nar_hash = map.next_value()?,
                Key::NarSize => entry.nar_size = map.next_value()?,
                Key::References => entry.references = map.next_value_seed(References(self.0))?,
                Key::Valid => entry.valid = map.next_value()?,
                Key::Symlink => entry.symlink = map.next_value()?,
                Key::Target => entry.target = map.next_value()?,
                Key::Unresolved => entry.unresolved = map.next_value()?,
                Key::StoreDir => entry.store_dir = map.next_value()?,
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            }
            if !seen.insert(key) {
                return Err(A::Error::duplicate_field(key.name()));
            }
        }
        Ok(Some(entry))
    }
}

impl Key {
    fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::NarHash => "narHash",
            Self::NarSize => "narSize",
            Self::References => "references",
            Self::Valid => "valid",
            Self::Symlink => "symlink",
            Self::Target => "target",
            Self::Unresolved => "unresolved",
            Self::StoreDir => "storeDir",
            Self::Other => "another",
        }
    }
}

/// Reads a list of references, or `null`.
struct References<'b, 'f>(&'b mut GraphBuilder<'f>);

impl<'de> DeserializeSeed<'de> for References<'_, '_> {
    type Value = Option<Result<Vec<Reference>>>;
    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for References<'_, '_> {
    type Value = Option<Result<Vec<Reference>>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of store paths")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut references = Ok(Vec::new());
        while let Some(reference) = seq.next_element_seed(ReferenceSeed(self.0))? {
            // Don't fail yet: the path with the invalid reference is known only after the whole entry.
            references = references.and_then(|mut all: Vec<_>| {
                all.push(reference?);
                Ok(all)
            });
        }
        Ok(Some(references))
    }
}

struct ReferenceSeed<'b, 'f>(&'b mut GraphBuilder<'f>);

impl<'de> DeserializeSeed<'de> for ReferenceSeed<'_, '_> {
    type Value = Result<Reference>;
    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for ReferenceSeed<'_, '_> {
    type Value = Result<Reference>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, path: &str) -> Result<Self::Value, E> {
        Ok(self.0.reference(path))
    }
}

/// Adds an entry to the graph. `None` or `valid: false` means that the store does not have the path.
pub fn add(builder: &mut GraphBuilder, path: &str, entry: Option<Listed>) -> Result<()> {
    let Some(entry) = entry.filter(|entry| entry.valid != Some(false)) else {
        return builder.add_invalid(path);
    };
    if let Some(dir) = &entry.store_dir {
        builder
            .set_store_dir(dir)
            .with_context(|| format!("{path}: its \"storeDir\" is wrong"))?;
    }
    let missing = |key: &str| format!("{path} has no {key:?}");
    let info = PathInfo {
        nar_hash: entry.nar_hash.with_context(|| missing("narHash"))?,
        nar_size: entry.nar_size.with_context(|| missing("narSize"))?,
        symlink: entry.symlink.map(|leads_to| Link {
            leads_to,
            target: entry.target,
            unresolved: entry.unresolved == Some(true),
        }),
    };
    let references = entry.references.with_context(|| missing("references"))?;
    builder.add_referring(path, info, references)
}
