//! What an evaluation of `nix/services.nix` returns, and when the value is a set of hosts.

use std::fmt;

use anyhow::{Context, Result};
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Error, IntoDeserializer, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::document::{Kind, limited, read_json};
use crate::service::{Services, SourceString};

/// When a value is a set of hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AsHosts {
    /// If it looks like one.
    #[default]
    ByShape,
    /// Whatever it looks like.
    Always,
}

/// The answer of an evaluation.
pub enum Evaluated {
    /// The services of one host.
    Services(Box<Services>),
    /// The names of the hosts, of a set of hosts.
    Hosts(Vec<String>),
    /// The bundle that a configuration makes itself, with how to build it.
    Bundle(SourceString),
}

impl Evaluated {
    /// Reads an answer from JSON. An error names the place.
    pub(super) fn read(input: impl std::io::Read) -> Result<Self> {
        let read = read_json(limited(input, Kind::Services));
        match read.context("the JSON is not a services value")? {
            Self::Services(services) => Ok(Self::Services(Box::new(services.accepted()?))),
            other => Ok(other),
        }
    }
}

impl<'de> Deserialize<'de> for Evaluated {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(ByFirstKey)
    }
}

/// The first key tells what it is: the others have only one.
struct ByFirstKey;

impl<'de> Visitor<'de> for ByFirstKey {
    type Value = Evaluated;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let first = map.next_key::<String>()?;
        let answer = match first.as_deref() {
            Some("hosts") => Evaluated::Hosts(map.next_value()?),
            Some("bundle") => Evaluated::Bundle(map.next_value()?),
            _ => {
                let whole = MapAccessDeserializer::new(Pushed { first, map });
                return Services::deserialize(whole)
                    .map(|services| Evaluated::Services(Box::new(services)));
            }
        };
        match map.next_key::<String>()? {
            Some(key) => Err(A::Error::custom(format!("unexpected key {key:?}"))),
            None => Ok(answer),
        }
    }
}

/// A map whose first key was already read.
struct Pushed<A> {
    first: Option<String>,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Pushed<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.first.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.map.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}
