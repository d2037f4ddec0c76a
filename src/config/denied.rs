//! Reads which executables a rule of a policy denies.

use anyhow::{Result, bail};

use super::Note;
use super::policy::DeniedExecutables;
use super::reader::{Reader, Value};
use crate::store::NamePattern;

const KEYS: &[&str] = &["name", "reason", "issue"];

impl Reader<'_> {
    /// Reads a list of names of executables, each a string or a table.
    pub(super) fn denied_executables(
        &mut self,
        value: &Value,
        general: &Note,
    ) -> Result<Vec<DeniedExecutables>> {
        let entries = self.list("deny-executables", "a list of names", value)?;
        entries
            .iter()
            .map(|value| self.denied_executable(value, general))
            .collect()
    }

    fn denied_executable(&mut self, value: &Value, general: &Note) -> Result<DeniedExecutables> {
        let place = self.place(&value.span());
        let (named, note) = if value.get_ref().as_str().is_some() {
            (Some(value), general.clone())
        } else if let Some(table) = value.get_ref().as_table() {
            let note = self.note(table)?.or(general);
            let mut named = None;
            for (key, value) in table {
                match key.get_ref().as_ref() {
                    "name" => named = Some(value),
                    "reason" | "issue" => {}
                    other => self.unknown(other, key.span(), "an entry", KEYS),
                }
            }
            (named, note)
        } else {
            return Err(self.wrong(
                "an entry of deny-executables",
                "the name of a file or a table",
                value,
            ));
        };
        let Some(named) = named else {
            bail!("{place}: an entry of deny-executables must have a name");
        };
        let written = self.string("name", named)?;
        Ok(DeniedExecutables {
            pattern: self.at(named, NamePattern::parse(written))?,
            written: written.to_owned(),
            place,
            note,
        })
    }
}
