//! Reads records of rehearsals.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::record::VERSION;
use super::{Record, Word};
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

    /// A service that was rehearsed has a control; one that was only observed has an observation.
    fn checked(self) -> Result<Self> {
        for (name, recorded) in &self.services {
            let (is_there, what) = match recorded.verdict {
                Word::Observed => (recorded.observation.is_some(), "observation"),
                _ => (recorded.control.is_some(), "control"),
            };
            ensure!(is_there, "services.{name}: missing field `{what}`");
        }
        Ok(self)
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
        let record = record.and_then(Self::checked);
        record.with_context(|| format!("not a record that {WRITING} wrote"))
    }
}
