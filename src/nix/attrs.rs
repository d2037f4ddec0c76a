//! The structured attributes of the derivation that makes a bundle inside a build (`nix/bundle.nix`).

use std::fmt;
use std::io::Read;

use anyhow::{Context, Result};
use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, Visitor};

use crate::service::Services;
use crate::store::{Graph, GraphBuilder, GraphSeed};

/// Reads `.attrs.json`: `services` is the services value, `closure` is what `exportReferencesGraph.closure` adds. All other keys
/// are Nix's own.
pub fn read_attrs(input: impl Read) -> Result<(Services, Graph)> {
    let mut json = serde_json::Deserializer::from_reader(std::io::BufReader::new(input));
    let (services, builder) = Attrs
        .deserialize(&mut json)
        .and_then(|attrs| json.end().map(|()| attrs))
        .context("the JSON is not the attributes of a build by nix/bundle.nix")?;
    let mut services = services.accepted()?;
    let graph = builder.finish(&services.store_dir)?;
    services.learn_references(&graph)?;
    Ok((services, graph))
}

struct Attrs;

impl<'de> DeserializeSeed<'de> for Attrs {
    type Value = (Services, GraphBuilder<'static>);
    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Attrs {
    type Value = (Services, GraphBuilder<'static>);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with \"services\" and \"closure\"")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut services = None;
        let mut has_closure = false;
        let mut builder = GraphBuilder::new();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "services" if services.is_some() => {
                    return Err(A::Error::duplicate_field("services"));
                }
                "closure" if has_closure => return Err(A::Error::duplicate_field("closure")),
                "services" => services = Some(map.next_value()?),
                "closure" => {
                    map.next_value_seed(GraphSeed(&mut builder))?;
                    has_closure = true;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let services = services.ok_or_else(|| A::Error::missing_field("services"))?;
        if !has_closure {
            return Err(A::Error::missing_field("closure"));
        }
        Ok((services, builder))
    }
}
