//! Removes entries from settings of a unit.

use std::collections::BTreeSet;

use super::Expression;
use crate::systemd::Setting;

/// An entry of a setting.
type Entry<E> = (Setting, E);

/// Removes entries from settings that form one list for systemd: an empty assignment to one of them resets all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The entries to remove.
    pub taken: BTreeSet<Entry<String>>,
    /// The current entries of the unit, setting by setting.
    pub of: Vec<Entry<String>>,
    /// The entries to add.
    pub added: Vec<Entry<Expression>>,
}

impl Removal {
    /// Whether a setting belongs to the list.
    pub(super) fn has(&self, setting: Setting) -> bool {
        let mut settings = self.of.iter().map(|(setting, _)| setting);
        settings.any(|other| *other == setting)
    }

    /// Returns the settings that lose entries, followed by the other settings of the list.
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

    /// Whether a setting loses entries.
    pub(super) fn loses(&self, setting: Setting) -> bool {
        self.taken.iter().any(|(losing, _)| *losing == setting)
    }

    /// Returns the entries to add to a setting.
    pub(super) fn added_to(&self, setting: Setting) -> Vec<Expression> {
        let added = self.added.iter().filter(|(of, _)| *of == setting);
        added.map(|(_, entry)| entry.clone()).collect()
    }

    /// Returns the entries that a setting keeps, followed by those that it gains.
    pub(super) fn rest(&self, setting: Setting) -> Vec<Expression> {
        let is_kept = |entry: &&Entry<String>| entry.0 == setting && !self.taken.contains(*entry);
        let kept = self.of.iter().filter(is_kept);
        let kept = kept.map(|(_, entry)| Expression::from(entry.as_str()));
        kept.chain(self.added_to(setting)).collect()
    }
}
