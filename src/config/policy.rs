//! The data of a policy.

use std::collections::BTreeMap;

use anyhow::Result;

use super::{Place, ProgramEntry};
use crate::code::{Code, Level, Levels};
use crate::date::Date;
use crate::service::{ServiceGlob, UnitName};
use crate::store::{NamePattern, Package, PackagePattern};
use crate::systemd::Setting;

/// A policy: levels, and rules for services.
#[derive(Debug, Default)]
pub struct Policy {
    /// The file it was read from, as the user named it.
    pub file: Option<String>,
    /// Levels for all services.
    pub levels: Levels,
    /// Rules, in the order of the file.
    pub rules: Vec<PolicyRule>,
    /// The user's programs.
    pub programs: BTreeMap<String, ProgramEntry>,
    /// Unknown keys, in the order of the file.
    pub unknown_keys: Vec<UnknownKey>,
}

/// A rule for some services.
#[derive(Debug)]
pub struct PolicyRule {
    /// Where it starts.
    pub place: Place,
    /// The services it applies to; empty for all.
    pub services: Vec<(Place, ServiceGlob)>,
    /// Levels for these services.
    pub levels: Levels,
    /// Packages that must not be in the closure.
    pub deny: Vec<Listed>,
    /// Exceptions.
    pub allow: Vec<Exception>,
    /// Packages that must be in the closure.
    pub require: Vec<Listed>,
    /// The only packages that may be in the closure; `None` if all may.
    pub only: Option<(Place, Vec<Listed>)>,
    /// The maximum number of store paths in the closure.
    pub max_paths: Option<Limit>,
    /// The maximum size of the closure, in bytes.
    pub max_size: Option<Limit>,
    /// The maximum number of mounts.
    pub max_mounts: Option<Limit>,
    /// The maximum number of executables in the closure.
    pub max_executables: Option<Limit>,
    /// The maximum number of interpreters in the closure.
    pub max_interpreters: Option<Limit>,
    /// Executables that must not be in the closure.
    pub deny_executables: Vec<DeniedExecutables>,
    /// The maximum exposure level, in tenths.
    pub max_exposure: Option<Limit>,
    /// Whether the services have to be rehearsed, and where the rule sets it.
    pub require_rehearsal: Option<(Place, bool)>,
    /// The note on the rule as a whole.
    pub note: Note,
}

impl PolicyRule {
    /// Returns whether it applies to this service.
    pub fn is_for(&self, name: &UnitName) -> bool {
        self.services.is_empty() || self.services.iter().any(|(_, glob)| glob.matches(name))
    }
}

/// A pattern of packages.
#[derive(Debug)]
pub struct NamedPackages {
    /// As it was written.
    pub written: String,
    /// As it was parsed.
    pub pattern: PackagePattern,
}

/// An entry of `deny`, `require` or `only`.
#[derive(Debug)]
pub struct Listed {
    /// Where it is.
    pub place: Place,
    /// The packages it matches.
    pub packages: NamedPackages,
    /// The note on it.
    pub note: Note,
}

impl Listed {
    /// Returns whether it matches this package.
    pub fn means(&self, package: &Package) -> bool {
        self.packages.pattern.matches(package)
    }

    /// Returns the packages as they were written.
    pub fn written(&self) -> &str {
        &self.packages.written
    }
}

/// An entry of `deny-executables`.
#[derive(Debug)]
pub struct DeniedExecutables {
    /// Where it is.
    pub place: Place,
    /// The name, as it was written.
    pub written: String,
    /// The names of files that it matches.
    pub pattern: NamePattern,
    /// The note on it.
    pub note: Note,
}

/// A setting, or one assignment to it.
#[derive(Debug)]
pub struct NamedSetting {
    /// As it was written: `SETTING` or `SETTING=VALUE`.
    pub written: String,
    /// The setting.
    pub setting: Setting,
}

impl NamedSetting {
    /// Parses `SETTING` or `SETTING=VALUE`.
    pub fn parse(text: &str) -> Result<Self> {
        let name = text.split_once('=').map_or(text, |(name, _)| name);
        Ok(Self {
            written: text.to_owned(),
            setting: name.parse()?,
        })
    }

    /// Returns whether it matches this assignment to a setting.
    pub fn matches(&self, setting: Setting, assignment: &str) -> bool {
        self.setting == setting && (self.written == setting.name() || self.written == assignment)
    }
}

/// An entry of `allow`. It excepts findings that match every field it has.
#[derive(Debug)]
pub struct Exception {
    /// Where it is.
    pub place: Place,
    /// The packages it matches.
    pub packages: Option<NamedPackages>,
    /// The code that it excepts; `None` for every code about a package or a setting.
    pub code: Option<Code>,
    /// The setting that it excepts.
    pub setting: Option<NamedSetting>,
    /// The note on it.
    pub note: Note,
}

/// An upper limit.
#[derive(Debug)]
pub struct Limit {
    /// Where it is.
    pub place: Place,
    /// The number.
    pub value: u64,
}

/// The note that every entry may have.
#[derive(Clone, Debug, Default)]
pub struct Note {
    /// Why the entry exists.
    pub reason: Option<String>,
    /// The last day on which the entry applies.
    pub until: Option<Date>,
    /// Where the entry is discussed.
    pub issue: Option<String>,
}

impl Note {
    /// Returns whether it has expired.
    pub fn has_expired(&self, today: Date) -> bool {
        self.until.is_some_and(|until| until < today)
    }

    /// Returns this note with missing fields taken from `general`.
    #[must_use]
    pub fn or(self, general: &Self) -> Self {
        Self {
            reason: self.reason.or_else(|| general.reason.clone()),
            until: self.until.or(general.until),
            issue: self.issue.or_else(|| general.issue.clone()),
        }
    }
}

/// An unknown key.
#[derive(Debug)]
pub struct UnknownKey {
    /// Where it is.
    pub place: Place,
    /// The key.
    pub key: String,
    /// The name of its table, for people.
    pub table: &'static str,
    /// The known keys of this table.
    pub known: &'static [&'static str],
}

/// Returns the level of a code for services to which `rules` apply. The levels of the rules override the policy's, which override
/// the code's own.
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
