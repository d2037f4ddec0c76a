//! Unit names.

use std::fmt;

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

/// The maximum length of a unit name in bytes: the name of its drop-in directory (`<unit>.d`) must be a valid file name. systemd itself
/// allows 255.
const MAX_LEN: usize = 253;

/// The full name of a service unit: `grafana.service`, `tmpl@.service`, `tmpl@one.service`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitName(String);

impl UnitName {
    /// Parses a name by systemd's rules (`unit_name_is_valid`, systemd.unit(5)). The error describes the mistake.
    pub fn parse(text: &str) -> Result<Self> {
        let Some(stem) = text.strip_suffix(".service") else {
            bail!("{text:?} is not the name of a service: it does not end in '.service'");
        };
        if let Err(problem) = check_stem(text, stem) {
            bail!("{text:?} is not the name of a service: {problem}");
        }
        Ok(Self(text.to_owned()))
    }

    /// Returns the whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the name without `.service`.
    pub fn stem(&self) -> &str {
        self.0.strip_suffix(".service").unwrap_or(&self.0)
    }

    /// Returns the part before `@`, or the whole stem.
    pub fn prefix(&self) -> &str {
        self.stem()
            .split_once('@')
            .map_or(self.stem(), |(prefix, _)| prefix)
    }

    /// Returns the part after the first `@`; empty without `@` and for a template.
    pub fn instance(&self) -> &str {
        self.stem()
            .split_once('@')
            .map_or("", |(_, instance)| instance)
    }

    /// Returns whether this is a template, which has to be instantiated.
    pub fn is_template(&self) -> bool {
        self.stem()
            .split_once('@')
            .is_some_and(|(_, instance)| instance.is_empty())
    }

    /// Returns the template of an instance.
    pub fn template(&self) -> Option<Self> {
        let (prefix, instance) = self.stem().split_once('@')?;
        (!instance.is_empty()).then(|| Self(format!("{prefix}@.service")))
    }
}

impl TryFrom<String> for UnitName {
    type Error = anyhow::Error;
    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl From<UnitName> for String {
    fn from(name: UnitName) -> Self {
        name.0
    }
}

impl fmt::Display for UnitName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks the name of a unit by what precedes its suffix. The error is what is wrong with it.
pub(super) fn check_stem(name: &str, stem: &str) -> Result<(), String> {
    if name.len() > MAX_LEN {
        return Err("it is longer than 253 bytes".to_owned());
    }
    if stem.is_empty() || stem.starts_with('@') {
        let suffix = &name[stem.len()..];
        return Err(format!("nothing precedes '@' or '{suffix}'"));
    }
    // A root directory can't be called `..` either.
    if stem.starts_with('.') {
        return Err("systemd ignores unit files whose names begin with a dot".to_owned());
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || r":-_.\@".contains(c);
    match stem.chars().find(|c| !is_allowed(*c)) {
        Some(c) => Err(format!(
            r"systemd allows letters, digits and :-_.\@ in it, not {c:?} (`systemd-escape` writes others as \x2d and so on)"
        )),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_systemd() -> Result<()> {
        for text in [
            "a.service",
            "a@.service",
            "a@b.service",
            r"a\x2db:c_d.e.service",
            "a@b@c.service",
        ] {
            UnitName::parse(text)?;
        }
        for text in [
            "",
            ".service",
            "@a.service",
            ".a.service",
            "..service",
            "...service",
            "a.socket",
            "a/b.service",
            "a\nb.service",
            "a\0.service",
            "a b.service",
            "ä.service",
        ] {
            assert!(UnitName::parse(text).is_err(), "{text:?} was accepted");
        }
        assert!(UnitName::parse(&format!("{}.service", "a".repeat(246))).is_err());
        Ok(())
    }

    #[test]
    fn an_instance_knows_its_template() -> Result<()> {
        let template = |text: &str| Ok::<_, anyhow::Error>(UnitName::parse(text)?.template());
        assert_eq!(
            template("a@b.service")?,
            Some(UnitName::parse("a@.service")?)
        );
        assert_eq!(template("a@.service")?, None);
        assert!(UnitName::parse("a@.service")?.is_template());
        // The instance starts at the first `@`.
        assert!(!UnitName::parse("a@b@.service")?.is_template());
        assert_eq!(template("a.service")?, None);
        Ok(())
    }
}
