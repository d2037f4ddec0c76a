//! Reading a policy. Keys that mean nothing become findings; what is of the wrong type is an error with its place.

use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entry, Limit, Note, Policy, PolicyRule, UnknownKey};
use crate::audit::{Date, Level, Levels, Place, rule};
use crate::inspect::ExposureLevel;
use crate::service::ServiceGlob;
use crate::store::{PackagePattern, parse_bytes};

const POLICY_KEYS: &[&str] = &["levels", "rule"];
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

/// The name under which a policy is looked for.
pub const POLICY_FILE: &str = "confinix.toml";

/// Reads the policy in `path`.
pub fn read_policy(path: &Path) -> Result<Policy> {
    let context = || format!("could not read the policy {}", path.display());
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => bail!(
            "could not read the policy {}: there is none (`confinix init -o FILE` writes one)",
            path.display()
        ),
        read => read.with_context(context)?,
    };
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let file = path.display().to_string();
            let place = Place::of(&file.into(), &before, &(before.len()..before.len()));
            bail!("could not read the policy: {place}: this is not UTF-8");
        }
    };
    parse(&path.display().to_string(), text).context("could not read the policy")
}

/// Reads the text of a policy, which is the content of `file`.
fn parse(file: &str, text: &str) -> Result<Policy> {
    let mut reader = Reader {
        file: file.into(),
        text,
        unknown_keys: Vec::new(),
    };
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let place = error.span().map_or_else(
                || Place::start(file),
                |span| Place::of(&reader.file, text, &span),
            );
            bail!("{place}: {}", error.message().trim().replace('\n', ", "));
        }
    };
    let mut policy = Policy {
        file: Some(file.to_owned()),
        ..Policy::default()
    };
    for (key, value) in table.get_ref() {
        match key.get_ref().as_ref() {
            "levels" => policy.levels = reader.levels(value)?,
            "rule" => {
                for rule in
                    reader.list("rule", "a list of tables, each written as [[rule]]", value)?
                {
                    policy.rules.push(reader.rule(rule)?);
                }
            }
            name => reader.unknown(name, key.span(), "the policy", POLICY_KEYS),
        }
    }
    policy.unknown_keys = reader.unknown_keys;
    policy.unknown_keys.sort_by(|a, b| a.place.cmp(&b.place));
    Ok(policy)
}

type Value<'i> = Spanned<DeValue<'i>>;

struct Reader<'t> {
    file: Arc<str>,
    text: &'t str,
    unknown_keys: Vec<UnknownKey>,
}

impl Reader<'_> {
    fn place(&self, span: &Range<usize>) -> Place {
        Place::of(&self.file, self.text, span)
    }

    fn unknown(
        &mut self,
        key: &str,
        span: Range<usize>,
        table: &'static str,
        known: &'static [&'static str],
    ) {
        self.unknown_keys.push(UnknownKey {
            place: self.place(&span),
            key: key.to_owned(),
            table,
            known,
        });
    }

    fn wrong(&self, what: &str, expected: &str, value: &Value) -> anyhow::Error {
        anyhow::anyhow!(
            "{}: {what} must be {expected}, not {} {}",
            self.place(&value.span()),
            if value.get_ref().type_str().starts_with(['a', 'i']) {
                "an"
            } else {
                "a"
            },
            value.get_ref().type_str()
        )
    }

    /// Puts the place before an error about a value.
    fn at<T>(&self, value: &Value, result: Result<T>) -> Result<T> {
        result.map_err(|error| anyhow::anyhow!("{}: {error:#}", self.place(&value.span())))
    }

    fn list<'v, 'i>(
        &self,
        what: &str,
        expected: &str,
        value: &'v Value<'i>,
    ) -> Result<&'v [Value<'i>]> {
        match value.get_ref().as_array() {
            Some(list) => Ok(list),
            None => Err(self.wrong(what, expected, value)),
        }
    }

    fn string<'v>(&self, what: &str, value: &'v Value) -> Result<&'v str> {
        match value.get_ref().as_str() {
            Some(text) => Ok(text),
            None => Err(self.wrong(what, "a string", value)),
        }
    }

    fn code(&self, value: &Value, code: &str) -> Result<&'static str> {
        match rule(code) {
            Ok(rule) => Ok(rule.code),
            Err(error) => self.at(value, Err(error)),
        }
    }

    fn levels(&self, value: &Value) -> Result<Levels> {
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.wrong("levels", "a table of codes", value));
        };
        let mut levels = Levels::new();
        for (key, value) in table {
            let place = self.place(&key.span());
            let rule =
                rule(key.get_ref()).map_err(|error| anyhow::anyhow!("{place}: {error:#}"))?;
            let level = self.string(rule.code, value)?;
            levels.insert(rule.code, self.at(value, Level::parse(level))?);
        }
        Ok(levels)
    }

    fn rule(&mut self, value: &Value) -> Result<PolicyRule> {
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

    /// A list of packages, each a string or a table.
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

    fn number(&self, what: &str, value: &Value) -> Result<Limit> {
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok());
        match number {
            Some(number) => Ok(Limit {
                place: self.place(&value.span()),
                value: number,
            }),
            None => bail!(
                "{}: {what} must be a number of 0 or more",
                self.place(&value.span())
            ),
        }
    }

    fn exposure(&self, value: &Value) -> Result<Limit> {
        let text = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => {
                return Err(self.wrong("max-exposure", "a decimal number from 0.0 to 10.0", value));
            }
        };
        let level = self.at(value, text.parse::<ExposureLevel>())?;
        Ok(Limit {
            place: self.place(&value.span()),
            value: level.tenths(),
        })
    }

    fn size(&self, value: &Value) -> Result<Limit> {
        match value.get_ref() {
            DeValue::Integer(_) => self.number("max-size", value),
            DeValue::String(text) => Ok(Limit {
                place: self.place(&value.span()),
                value: self.at(value, parse_bytes(text))?,
            }),
            _ => Err(self.wrong("max-size", "a size, as \"500 MiB\"", value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_policy_is_read_with_its_places() -> Result<()> {
        let policy = parse(
            "p.toml",
            "# ü\nlevels.shell-present = \"deny\"\n[[rule]]\nservices = [\"web\"]\nmax-paths = 0x10\nreason = \"r\"\n\
             allow = [\"perl\", { package = \"bash\", reason = \"s\", x = 1 }]\n",
        )?;
        assert_eq!(policy.levels.get("shell-present"), Some(&Level::Deny));
        let rule = &policy.rules[0];
        let limit = rule
            .max_paths
            .as_ref()
            .map(|limit| (limit.value, limit.place.to_string()));
        assert_eq!(limit, Some((16, "p.toml:5:13".to_owned())));
        let reasons: Vec<_> = rule
            .allow
            .iter()
            .map(|entry| entry.note.reason.as_deref())
            .collect();
        assert_eq!(reasons, [Some("r"), Some("s")]);
        assert_eq!(policy.unknown_keys[0].place.to_string(), "p.toml:7:52");
        Ok(())
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_with_a_place(
            text in "(\\[\\[rule\\]\\]\n|\\[levels\\]\n|services|deny|allow|until|max-size|package|code| = |\\[|\\]|\\{|\\}|\"|,|2026-12-31|1|é|\n|\\PC){0,40}"
        ) {
            if let Err(error) = parse("p.toml", &text) {
                prop_assert!(format!("{error:#}").starts_with("p.toml:"), "{error:#}");
            }
        }
    }
}
