//! A service of a bundle, with what findings and their remedies need.

use super::Remedy;
use crate::bundle::{Bundle, BundleService, Closure};
use crate::change::{Change, Changes, Removal, Site, Value};
use crate::root::Root;
use crate::service::{Settings, UnitName};
use crate::systemd::{Setting, raw_words};

/// A confined service.
#[derive(Clone, Copy)]
pub struct Confined<'a> {
    /// Its bundle.
    pub bundle: &'a Bundle,
    /// Its name.
    pub name: &'a UnitName,
    /// Its record in the bundle.
    pub service: &'a BundleService,
}

impl<'a> Confined<'a> {
    /// Its closure.
    pub fn closure(&self) -> &'a Closure {
        &self.bundle.closures[&self.service.closure]
    }

    /// Its root.
    pub fn root(&self) -> Root<'a> {
        self.bundle.root(self.service)
    }

    /// What the unit and its drop-in set.
    pub fn settings(&self) -> Settings {
        let own = self.service.settings.clone();
        own.followed_by(&self.service.confinement)
    }

    /// The remedy that makes these changes, about `subject`; `None` if they can't be written where the service is configured.
    pub fn change(&self, what: &str, subject: &str, changes: &[Change]) -> Option<Remedy> {
        let changes = Changes {
            service: self.name.clone(),
            site: Site {
                source: self.bundle.source,
                manager: self.bundle.manager,
                store: self.bundle.store_dir.clone(),
            },
            about: subject.to_owned(),
            list: changes.to_vec(),
        };
        changes.write().is_some().then(|| Remedy::Fix {
            what: what.to_owned(),
            changes,
        })
    }

    /// The change that gives a setting of the unit this value.
    pub fn set(&self, name: Setting, value: Value) -> Change {
        Change::Set {
            name,
            value,
            is_forced: self.service.settings.is_assigned(&name),
        }
    }

    /// The change that switches a setting of the unit on or off.
    pub fn switch(&self, name: Setting, is_on: bool) -> Change {
        self.set(name, Value::Switch(is_on))
    }

    /// Which sets an entry of a list setting: the unit itself, or its drop-in.
    pub fn setter(&self, setting: Setting, entry: &str) -> &'static str {
        if self.has_entry(setting, entry) {
            "the unit"
        } else {
            "the drop-in"
        }
    }

    fn has_entry(&self, setting: Setting, entry: &str) -> bool {
        let mut values = self.service.settings.list(&setting).iter();
        values.any(|value| raw_words(value).iter().any(|word| word == entry))
    }

    /// The remedy that removes an entry from a list setting of the unit; `None` if its drop-in has the entry.
    pub fn without(&self, setting: Setting, entry: &str) -> Option<Remedy> {
        if !self.has_entry(setting, entry) {
            return None;
        }
        // An empty assignment in a unit resets both.
        let settings = match setting {
            Setting::BindPaths => vec![setting, Setting::BindReadOnlyPaths],
            Setting::BindReadOnlyPaths => vec![Setting::BindPaths, setting],
            _ => vec![setting],
        };
        let words = settings.into_iter().flat_map(|setting| {
            let values = self.service.settings.list(&setting).iter();
            let words = values.flat_map(|value| raw_words(value));
            words.map(move |word| (setting, word))
        });
        let removal = Removal {
            taken: [(setting, entry.to_owned())].into(),
            of: words.collect(),
            added: Vec::new(),
        };
        self.change("to remove it", entry, &[Change::Remove(removal)])
    }
}
