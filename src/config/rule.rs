//! Reads the rules of a policy.

use anyhow::{Result, bail};
use toml::de::{DeTable, DeValue};

use super::reader::{Reader, Value};
use super::{Exception, Listed, NamedPackages, NamedSetting, Note, Place, PolicyRule};
use crate::code::Levels;
use crate::date::Date;
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
    "max-executables",
    "max-interpreters",
    "deny-executables",
    "max-exposure",
    "require-rehearsal",
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
            max_executables: None,
            max_interpreters: None,
            deny_executables: Vec::new(),
            max_exposure: None,
            require_rehearsal: None,
            note,
        };
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "services" => rule.services = self.services(value)?,
                "levels" => rule.levels = self.levels(value)?,
                "deny" => rule.deny = self.listed("deny", value, &rule.note)?,
                "require" => rule.require = self.listed("require", value, &rule.note)?,
                "only" => {
                    let listed = self.listed("only", value, &rule.note)?;
                    rule.only = Some((self.place(&key.span()), listed));
                }
                "allow" => rule.allow = self.exceptions(value, &rule.note)?,
                "max-paths" => rule.max_paths = Some(self.number("max-paths", value)?),
                "max-mounts" => rule.max_mounts = Some(self.number("max-mounts", value)?),
                "max-executables" => {
                    rule.max_executables = Some(self.number("max-executables", value)?);
                }
                "max-interpreters" => {
                    rule.max_interpreters = Some(self.number("max-interpreters", value)?);
                }
                "deny-executables" => {
                    rule.deny_executables = self.denied_executables(value, &rule.note)?;
                }
                "max-exposure" => rule.max_exposure = Some(self.exposure(value)?),
                "max-size" => rule.max_size = Some(self.size(value)?),
                "require-rehearsal" => {
                    let is_required = self.switch("require-rehearsal", value)?;
                    rule.require_rehearsal = Some((self.place(&value.span()), is_required));
                }
                "reason" | "until" | "issue" => {}
                name => self.unknown(name, key.span(), "a rule", RULE_KEYS),
            }
        }
        let lasting = [
            ("deny", rule.deny.is_empty()),
            ("deny-executables", rule.deny_executables.is_empty()),
            ("require", rule.require.is_empty()),
            ("only", rule.only.is_none()),
            (
                "require-rehearsal",
                !matches!(rule.require_rehearsal, Some((_, true))),
            ),
        ];
        if let Some((name, _)) = lasting
            .iter()
            .find(|(_, absent)| rule.note.until.is_some() && !absent)
        {
            bail!(
                "{}: a rule with until can't have {name}, because it would end silently: put {name} in a separate rule",
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

    pub(super) fn note(&self, table: &DeTable) -> Result<Note> {
        let mut note = Note::default();
        for (key, value) in table {
            match key.get_ref().as_ref() {
                "reason" => note.reason = Some(self.string("reason", value)?.to_owned()),
                "issue" => note.issue = Some(self.string("issue", value)?.to_owned()),
                "until" => note.until = Some(self.date("until", value)?),
                _ => {}
            }
        }
        Ok(note)
    }

    pub(super) fn date(&self, what: &str, value: &Value) -> Result<Date> {
        let text = match value.get_ref() {
            DeValue::Datetime(date) => date.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => return Err(self.wrong(what, "a date, as 2026-12-31", value)),
        };
        self.at(value, Date::parse(&text))
    }

    /// Reads a list of packages, each a string or a table.
    fn listed(&mut self, what: &str, value: &Value, general: &Note) -> Result<Vec<Listed>> {
        let mut all = Vec::new();
        for value in self.list(what, "a list of packages", value)? {
            let entry = self.entry(what, "an entry", value, PACKAGE_KEYS, general)?;
            let Exception {
                place,
                packages: Some(packages),
                note,
                ..
            } = entry
            else {
                bail!("{}: an entry of {what} must name a package", entry.place);
            };
            all.push(Listed {
                place,
                packages,
                note,
            });
        }
        Ok(all)
    }

    fn exceptions(&mut self, value: &Value, general: &Note) -> Result<Vec<Exception>> {
        let mut all = Vec::new();
        for value in self.list("allow", "a list of packages or exceptions", value)? {
            let exception = self.entry("allow", "an exception", value, ALLOW_KEYS, general)?;
            if exception.packages.is_none()
                && exception.code.is_none()
                && exception.setting.is_none()
            {
                bail!(
                    "{}: an exception must name a package, a setting or a code",
                    exception.place
                );
            }
            all.push(exception);
        }
        Ok(all)
    }

    /// Reads an entry of any of these lists: an exception has every field that the others have.
    fn entry(
        &mut self,
        what: &str,
        table_name: &'static str,
        value: &Value,
        keys: &'static [&'static str],
        general: &Note,
    ) -> Result<Exception> {
        let mut entry = Exception {
            place: self.place(&value.span()),
            packages: None,
            code: None,
            setting: None,
            note: general.clone(),
        };
        if let Some(text) = value.get_ref().as_str() {
            entry.packages = Some(self.named_packages(value, text)?);
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
                    entry.packages = Some(self.named_packages(value, text)?);
                }
                "code" => entry.code = Some(self.code(value, self.string("code", value)?)?),
                "setting" => {
                    let named = NamedSetting::parse(self.string("setting", value)?);
                    entry.setting = Some(self.at(value, named)?);
                }
                _ => {}
            }
        }
        Ok(entry)
    }

    fn named_packages(&self, value: &Value, text: &str) -> Result<NamedPackages> {
        Ok(NamedPackages {
            written: text.to_owned(),
            pattern: self.at(value, PackagePattern::parse(text))?,
        })
    }
}
