//! What a policy says.

use super::{Date, Place};
use crate::code::{Code, Level, Levels};
use crate::service::{ServiceGlob, UnitName};
use crate::store::{Package, PackagePattern};

/// A policy: levels, and rules for services.
#[derive(Debug, Default)]
pub struct Policy {
    /// The file it was read from, as it was called.
    pub file: Option<String>,
    /// Levels for all services.
    pub levels: Levels,
    /// Its rules, in the order of the file.
    pub rules: Vec<PolicyRule>,
    /// Keys that mean nothing, in the order of the file.
    pub unknown_keys: Vec<UnknownKey>,
}

/// What the policy asks of some services.
#[derive(Debug)]
pub struct PolicyRule {
    /// Where it begins.
    pub place: Place,
    /// The services it is for; none: all.
    pub services: Vec<(Place, ServiceGlob)>,
    /// Levels for these services.
    pub levels: Levels,
    /// Packages that must not be in the closure.
    pub deny: Vec<Entry>,
    /// Exceptions.
    pub allow: Vec<Entry>,
    /// Packages that must be in the closure.
    pub require: Vec<Entry>,
    /// The packages that may be in the closure, where not all may.
    pub only: Option<(Place, Vec<Entry>)>,
    /// Most store paths of the closure.
    pub max_paths: Option<Limit>,
    /// Largest closure, in bytes.
    pub max_size: Option<Limit>,
    /// Most mounts.
    pub max_mounts: Option<Limit>,
    /// The highest exposure level, in tenths.
    pub max_exposure: Option<Limit>,
    /// What is said of the rule as a whole.
    pub note: Note,
}

impl PolicyRule {
    /// Whether it is for this service.
    pub fn is_for(&self, name: &UnitName) -> bool {
        self.services.is_empty() || self.services.iter().any(|(_, glob)| glob.matches(name))
    }
}

/// One package, or one exception.
#[derive(Debug)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// The packages it means, as it was written and as it is read.
    pub package: Option<(String, PackagePattern)>,
    /// The code that it excepts from; none: every code that is about a package.
    pub code: Option<Code>,
    /// The setting that it excepts.
    pub setting: Option<String>,
    /// What is said of it.
    pub note: Note,
}

impl Entry {
    /// Whether it means this package.
    pub fn means(&self, package: &Package) -> bool {
        self.package
            .as_ref()
            .is_some_and(|(_, pattern)| pattern.matches(package))
    }

    /// The package as it was written.
    pub fn written(&self) -> &str {
        self.package.as_ref().map_or("", |(text, _)| text)
    }
}

/// A number that must not be exceeded.
#[derive(Debug)]
pub struct Limit {
    /// Where it stands.
    pub place: Place,
    /// The number.
    pub value: u64,
}

/// What may be said of every entry.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// Why it is there.
    pub reason: Option<String>,
    /// The last day on which it counts.
    pub until: Option<Date>,
    /// Where it is discussed.
    pub issue: Option<String>,
}

impl Note {
    /// Whether it has expired.
    pub fn has_expired(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    /// This note, and where it is silent, `general`.
    #[must_use]
    pub fn or(self, general: &Self) -> Self {
        Self {
            reason: self.reason.or_else(|| general.reason.clone()),
            until: self.until.or(general.until),
            issue: self.issue.or_else(|| general.issue.clone()),
        }
    }
}

/// A key that means nothing.
#[derive(Debug)]
pub struct UnknownKey {
    /// Where it stands.
    pub place: Place,
    /// The key.
    pub key: String,
    /// The table it stands in, for people.
    pub table: &'static str,
    /// The keys that are known there.
    pub known: &'static [&'static str],
}

/// The level of a code for the services that `rules` are for: the code's own, then the policy's, then those of its rules.
pub fn level<'r>(
    code: Code,
    own: Level,
    policy: &Policy,
    rules: impl DoubleEndedIterator<Item = &'r &'r PolicyRule>,
) -> Level {
    rules
        .rev()
        .find_map(|rule| rule.levels.get(&code))
        .or_else(|| policy.levels.get(&code))
        .copied()
        .unwrap_or(own)
}
