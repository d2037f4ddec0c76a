//! Entries that are taken out of settings of a unit.

use std::collections::BTreeSet;

use super::Expression;
use crate::systemd::Setting;

/// An entry of a setting.
type Entry<E> = (Setting, E);

/// Entries that are taken out of settings which are one list for systemd: an empty assignment to one takes back all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// What is taken out.
    pub taken: BTreeSet<Entry<String>>,
    /// What the unit has there, the settings one after the other.
    pub of: Vec<Entry<String>>,
    /// What is added.
    pub added: Vec<Entry<Expression>>,
}

impl Removal {
    /// Whether a setting is one of these.
    pub(super) fn has(&self, setting: Setting) -> bool {
        let mut settings = self.of.iter().map(|(setting, _)| setting);
        settings.any(|other| *other == setting)
    }

    /// The settings that lose something, and then the others of the list.
    pub(super) fn settings(&self) -> Vec<Setting> {
        let losing = self.taken.iter().map(|(setting, _)| *setting);
        let mut settings = Vec::new();
        for setting in losing.chain(self.of.iter().map(|(setting, _)| *setting)) {
            if !settings.contains(&setting) {
                settings.push(setting);
            }
        }
        settings
    }

    /// Whether a setting loses something.
    pub(super) fn loses(&self, setting: Setting) -> bool {
        self.taken.iter().any(|(losing, _)| *losing == setting)
    }

    /// What is added to a setting.
    pub(super) fn added_to(&self, setting: Setting) -> Vec<Expression> {
        let added = self.added.iter().filter(|(of, _)| *of == setting);
        added.map(|(_, entry)| entry.clone()).collect()
    }

    /// What is left of a setting, with what is added to it.
    pub(super) fn rest(&self, setting: Setting) -> Vec<Expression> {
        let is_kept = |entry: &&Entry<String>| entry.0 == setting && !self.taken.contains(*entry);
        let kept = self.of.iter().filter(is_kept);
        let kept = kept.map(|(_, entry)| Expression::from(entry.as_str()));
        kept.chain(self.added_to(setting)).collect()
    }
}
