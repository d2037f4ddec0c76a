//! Reads the rules of a policy.

use anyhow::{Result, bail};
use toml::de::{DeTable, DeValue};

use super::reader::{Reader, Value};
use super::{Date, Entry, Note, Place, PolicyRule};
use crate::code::Levels;
use crate::service::ServiceGlob;
use crate::store::PackagePattern;

const RULE_KEYS: &[&str] = &[
    "services",
    "levels",
    "deny",
    "allow",
    "require",
    "only",
    "max-paths",
    "max-size",
    "max-mounts",
    "max-exposure",
    "reason",
    "until",
    "issue",
];
const PACKAGE_KEYS: &[&str] = &["package", "reason", "issue"];
const ALLOW_KEYS: &[&str] = &["package", "code", "setting", "reason", "until", "issue"];

impl Reader<'_> {
    pub(super) fn rule(&mut self, value: &Value) -> Result<PolicyRule> {
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.wrong("rule", "a list of tables, each written as [[rule]]", value));
        };
        let note = self.note(table)?;
        let mut rule = PolicyRule {
            place: self.place(&value.span()),
            services: Vec::new(),
            levels: Levels::new(),
            deny: Vec::new(),
            allow: Vec::new(),
            require: Vec::new(),
            only: None,
            max_paths: None,
            max_size: None,
            max_mounts: None,
            max_exposure: None,
            note,
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "services" => rule.services = self.services(value)?,
                "levels" => rule.levels = self.levels(value)?,
                "deny" => rule.deny = self.entries("deny", value, &rule.note)?,
                "require" => rule.require = self.entries("require", value, &rule.note)?,
                "only" => {
                    let entries = self.entries("only", value, &rule.note)?;
                    rule.only = Some((self.place(&key.span()), entries));
                }
                "allow" => rule.allow = self.exceptions(value, &rule.note)?,
                "max-paths" => rule.max_paths = Some(self.number("max-paths", value)?),
                "max-mounts" => rule.max_mounts = Some(self.number("max-mounts", value)?),
                "max-exposure" => rule.max_exposure = Some(self.exposure(value)?),
                "max-size" => rule.max_size = Some(self.size(value)?),
                "reason" | "until" | "issue" => {}
                name => self.unknown(name, key.span(), "a rule", RULE_KEYS),
            }
        }
        let lasting = [
            ("deny", rule.deny.is_empty()),
            ("require", rule.require.is_empty()),
            ("only", rule.only.is_none()),
        ];
        if let Some((name, _)) = lasting
            .iter()
            .find(|(_, absent)| rule.note.until.is_some() && !absent)
        {
            bail!(
                "{}: a rule with until can't have {name}, which would silently end: give {name} a rule of its own",
                rule.place
            );
        }
        Ok(rule)
    }

    fn services(&self, value: &Value) -> Result<Vec<(Place, ServiceGlob)>> {
        self.list("services", "a list of names or globs", value)?
            .iter()
            .map(|value| {
                let glob = ServiceGlob::parse(self.string("services", value)?);
                Ok((self.place(&value.span()), self.at(value, glob)?))
            })
            .collect()
    }

    fn note(&self, table: &DeTable) -> Result<Note> {
        let mut note = Note::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "reason" => note.reason = Some(self.string("reason", value)?.to_owned()),
                "issue" => note.issue = Some(self.string("issue", value)?.to_owned()),
                "until" => note.until = Some(self.date(value)?),
                _ => {}
            }
        }
        Ok(note)
    }

    fn date(&self, value: &Value) -> Result<Date> {
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => return Err(self.wrong("until", "a date, as 2026-12-31", value)),
        };
        self.at(value, Date::parse(&text))
    }

    /// Reads a list of packages, each a string or a table.
    fn entries(&mut self, what: &str, value: &Value, general: &Note) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for value in self.list(what, "a list of packages", value)? {
            let entry = self.entry(what, "an entry", value, PACKAGE_KEYS, general)?;
            if entry.package.is_none() {
                bail!("{}: an entry of {what} must name a package", entry.place);
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    fn exceptions(&mut self, value: &Value, general: &Note) -> Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for value in self.list("allow", "a list of packages or exceptions", value)? {
            let entry = self.entry("allow", "an exception", value, ALLOW_KEYS, general)?;
            if entry.package.is_none() && entry.code.is_none() && entry.setting.is_none() {
                bail!(
                    "{}: an exception must name a package, a setting or a code",
                    entry.place
                );
            }
            entries.push(entry);
        }
        Ok(entries)
    }

    fn entry(
        &mut self,
        what: &str,
        table_name: &'static str,
        value: &Value,
        keys: &'static [&'static str],
        general: &Note,
    ) -> Result<Entry> {
        let mut entry = Entry {
            place: self.place(&value.span()),
            package: None,
            code: None,
            setting: None,
            note: general.clone(),
        };
        if let Some(text) = value.get_ref().as_str() {
            entry.package = Some((
                text.to_owned(),
                self.at(value, PackagePattern::parse(text))?,
            ));
            return Ok(entry);
        }
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.wrong(
                &format!("an entry of {what}"),
                "a package's name or a table",
                value,
            ));
        };
        entry.note = self.note(table)?.or(general);
        for (key, value) in table {
            match key.get_ref().as_ref() {
                name if !keys.contains(&name) => self.unknown(name, key.span(), table_name, keys),
                "package" => {
                    let text = self.string("package", value)?;
                    entry.package = Some((
                        text.to_owned(),
                        self.at(value, PackagePattern::parse(text))?,
                    ));
                }
                "code" => entry.code = Some(self.code(value, self.string("code", value)?)?),
                "setting" => entry.setting = Some(self.string("setting", value)?.to_owned()),
                _ => {}
            }
        }
        Ok(entry)
    }
}
