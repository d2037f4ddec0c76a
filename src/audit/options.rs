//! The options of an audit, and the level of each code.

use super::exposure::Exposing;
use super::target::Target;
use crate::code::{Code, Level, Levels};
use crate::config::{Policy, PolicyRule, level};
use crate::date::Date;
use crate::rehearse::Records;

/// The options of an audit.
pub struct Audit<'a> {
    /// The bundles. They may not have a service in common.
    pub targets: Vec<Target<'a>>,
    /// The user's rules.
    pub policy: &'a Policy,
    /// Levels that override those of the policy.
    pub levels: Levels,
    /// The date for which the policy is evaluated.
    pub today: Date,
    /// What was rehearsed.
    pub rehearsals: &'a Records,
    /// Whether every service has to be rehearsed, whatever the policy requires.
    pub requires_rehearsal: bool,
    /// How to measure exposure; `None` to skip it.
    pub exposing: Option<Exposing<'a>>,
}

impl Audit<'_> {
    /// Returns the level of unused entries of the baseline.
    pub fn baseline_level(&self) -> Level {
        self.level(Code::UnusedBaselineEntry, &[])
    }

    pub(super) fn level(&self, code: Code, rules: &[&PolicyRule]) -> Level {
        self.level_from(code, code.level(), rules)
    }

    /// Returns the level of a code, which is `default` unless another is set.
    pub(super) fn level_from(&self, code: Code, default: Level, rules: &[&PolicyRule]) -> Level {
        if let Some(level) = self.levels.get(&code) {
            return *level;
        }
        let in_force = rules
            .iter()
            .filter(|rule| !rule.note.has_expired(self.today));
        level(code, default, self.policy, in_force)
    }
}
