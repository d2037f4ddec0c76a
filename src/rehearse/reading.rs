//! Reads records of rehearsals.

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Record;
use super::record::VERSION;
use crate::document::{Kind, json_text, open_given, parse_json};

/// The command that writes a record.
const WRITING: &str = "`confinix rehearse … --record FILE`";

impl Record {
    /// Reads the record at `path`.
    pub fn read(path: &Path) -> Result<Self> {
        let context = || format!("cannot read the record {}", path.display());
        let input = match open_given(path, Kind::Record) {
            Err(error) if error.is_absent() => {
                bail!(
                    "cannot read the record {}: no such file ({WRITING} writes one)",
                    path.display()
                )
            }
            input => input.with_context(context)?,
        };
        let text = json_text(input).with_context(context)?;
        Self::parse(&text).with_context(context)
    }

    /// Parses the text of a record.
    pub fn parse(text: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
            #[serde(rename = "services")]
            _services: IgnoredAny,
        }
        let record: Result<Self> = parse_json(text);
        let version = match &record {
            Ok(record) => Some(record.version),
            // Another version may have other keys.
            Err(_) => serde_json::from_slice::<Versioned>(text)
                .ok()
                .map(|read| read.version),
        };
        if let Some(version) = version.filter(|version| *version != VERSION) {
            bail!(
                "version {version} is not supported, expected version {VERSION}: rehearse the services again with {WRITING}"
            );
        }
        record.with_context(|| format!("not a record that {WRITING} wrote"))
    }
}
