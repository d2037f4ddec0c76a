//! Selects services.

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use globset::{GlobBuilder, GlobMatcher};

use super::{Services, UnitName};
use crate::text::{closest, listed};

/// Parses a glob over names. The error describes the mistake.
pub(super) fn parse_glob(glob: &str) -> Result<GlobMatcher> {
    if glob.is_empty() || glob.chars().any(char::is_control) {
        bail!("{glob:?} is not a glob: it is empty or contains a control character");
    }
    let built = GlobBuilder::new(glob).backslash_escape(false).build();
    let built = built.with_context(|| format!("{glob:?} is not a glob"))?;
    Ok(built.compile_matcher())
}

/// A glob over the names of services, with or without `.service`.
#[derive(Clone, Debug)]
pub struct ServiceGlob(GlobMatcher);

impl ServiceGlob {
    /// Parses a glob. The error describes the mistake.
    pub fn parse(glob: &str) -> Result<Self> {
        parse_glob(glob).map(Self)
    }

    /// Returns the glob as it was written.
    pub fn as_str(&self) -> &str {
        self.0.glob().glob()
    }

    /// Returns the name that it is probably a misspelling of.
    fn meant<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        let stem = self.as_str().trim_end_matches(".service");
        closest(stem, names)
    }

    /// Returns the unit that it names, if it is a plain name; adds `.service` if necessary.
    fn unit(&self) -> Option<UnitName> {
        let text = self.as_str();
        UnitName::parse(text)
            .or_else(|_| UnitName::parse(&format!("{text}.service")))
            .ok()
    }

    /// Returns those of `names` that it selects. The name of an instance selects its template, if there is no such service.
    fn of<'n>(&self, names: impl Iterator<Item = &'n UnitName> + Clone) -> Vec<&'n UnitName> {
        let matched: Vec<_> = names.clone().filter(|name| self.matches(name)).collect();
        match self.unit().and_then(|unit| unit.template()) {
            Some(template) if matched.is_empty() => {
                names.filter(|name| **name == template).collect()
            }
            _ => matched,
        }
    }

    /// Returns whether it matches this service.
    pub fn matches(&self, name: &UnitName) -> bool {
        self.0.is_match(name.as_str()) || self.0.is_match(name.stem())
    }
}

/// Globs over the names of services, with or without `.service`.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    globs: Vec<ServiceGlob>,
}

impl Selection {
    /// Parses a selection.
    pub fn new(globs: &[String]) -> Result<Self> {
        let globs = globs
            .iter()
            .map(|glob| ServiceGlob::parse(glob))
            .collect::<Result<_>>()?;
        Ok(Self { globs })
    }

    /// Returns whether there are no globs. The services themselves then determine the selection.
    pub fn is_empty(&self) -> bool {
        self.globs.is_empty()
    }

    /// Returns whether one of the globs matches this service.
    pub fn takes(&self, name: &UnitName) -> bool {
        self.globs.iter().any(|glob| glob.matches(name))
    }

    /// Returns the globs that are plain names, with `.service` added if necessary.
    pub fn exact(&self) -> impl Iterator<Item = UnitName> {
        self.globs.iter().filter_map(ServiceGlob::unit)
    }

    /// Returns the globs as POSIX regular expressions for `builtins.match`.
    pub fn regexes(&self) -> Vec<String> {
        self.globs
            .iter()
            .map(|glob| posix_regex(glob.as_str()))
            .collect()
    }

    /// Removes all other services from the complete `services`. Fails if a glob matches none.
    pub fn apply(&self, services: &mut Services) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        let selected = self.of(services.services.keys())?;
        services.services.retain(|name, _| selected.contains(name));
        // They are about the whole configuration.
        services.unconfined.clear();
        services.declared = None;
        Ok(())
    }

    /// Returns those of `names` that it selects: all if it is empty. The name of an instance selects its template, if there is no
    /// such service. Fails if a glob matches none.
    pub fn of<'n>(
        &self,
        names: impl Iterator<Item = &'n UnitName> + Clone,
    ) -> Result<BTreeSet<UnitName>> {
        if self.is_empty() {
            return Ok(names.cloned().collect());
        }
        let mut selected = BTreeSet::new();
        for glob in &self.globs {
            let matched = glob.of(names.clone());
            if matched.is_empty() {
                let stems: Vec<_> = names.clone().map(UnitName::stem).collect();
                bail!(
                    "no service is called {}; {} {}",
                    glob.as_str(),
                    match glob.meant(stems.iter().copied()) {
                        Some(meant) => format!("did you mean {meant}? The services are"),
                        None => "the services are".to_owned(),
                    },
                    listed(&stems)
                );
            }
            selected.extend(matched.into_iter().cloned());
        }
        Ok(selected)
    }

    /// Like [`Self::of`], but a glob may match none.
    pub fn among<'n>(
        &self,
        names: &(impl Iterator<Item = &'n UnitName> + Clone),
    ) -> BTreeSet<UnitName> {
        let globs = self.globs.iter();
        globs
            .flat_map(|glob| glob.of(names.clone()))
            .cloned()
            .collect()
    }

    /// Fails if a glob matches none of `services`, which contains only selected services. `known`: all that could have been
    /// selected, as far as they are known.
    pub fn check(
        &self,
        services: &Services,
        known: impl FnOnce() -> Result<BTreeSet<UnitName>>,
    ) -> Result<()> {
        let Some(glob) = self.unmatched(&services.services.keys()) else {
            return Ok(());
        };
        let called = glob.as_str();
        match glob.meant(known()?.iter().map(UnitName::stem)) {
            Some(meant) => bail!("no service is called {called}; did you mean {meant}?"),
            None => bail!("no service is called {called}: correct the name or the glob"),
        }
    }

    /// Returns a glob that selects none of these names.
    pub fn unmatched<'n>(
        &self,
        names: &(impl Iterator<Item = &'n UnitName> + Clone),
    ) -> Option<&ServiceGlob> {
        let mut globs = self.globs.iter();
        globs.find(|glob| glob.of(names.clone()).is_empty())
    }
}

/// Translates a glob. `builtins.match` uses POSIX extended expressions. Unit names contain no slash, so `*` matches any text.
fn posix_regex(glob: &str) -> String {
    let mut regex = String::new();
    let mut chars = glob.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' => regex.push_str(".*"),
            '?' => regex.push('.'),
            '[' => {
                let mut class: String = chars.by_ref().take_while(|c| *c != ']').collect();
                if let Some(rest) = class.strip_prefix('!') {
                    class = format!("^{rest}");
                }
                regex.push('[');
                regex.push_str(&class);
                regex.push(']');
            }
            '{' => regex.push('('),
            '}' => regex.push(')'),
            ',' => regex.push('|'),
            // A backslash before other characters would be an error.
            c if r".\+()^$|".contains(c) => {
                regex.push('\\');
                regex.push(c);
            }
            c => regex.push(c),
        }
    }
    regex
}
