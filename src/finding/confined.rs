//! A service of a bundle, as findings are made about it and fixes are written for it.

use super::Remedy;
use crate::bundle::{Bundle, BundleService, Closure};
use crate::change::{self, Change, Expression, Value};
use crate::service::UnitName;
use crate::systemd::raw_words;

/// A confined service.
#[derive(Clone, Copy)]
pub struct Confined<'a> {
    /// The bundle it is of.
    pub bundle: &'a Bundle,
    /// Its name.
    pub name: &'a UnitName,
    /// What the bundle has of it.
    pub service: &'a BundleService,
    /// What it sees.
    pub closure: &'a Closure,
}

impl Confined<'_> {
    /// The remedy that changes the service so, about `subject`; `None` if that can't be written where the service is configured.
    pub fn change(&self, what: &str, subject: &str, changes: &[Change]) -> Option<Remedy> {
        let Bundle {
            store_dir, source, ..
        } = self.bundle;
        let written = change::write(changes, self.name, store_dir, *source, subject)?;
        Some(Remedy::change(what, written))
    }

    /// The change that gives a setting of the unit this value.
    pub fn set(&self, name: &'static str, value: Value) -> Change {
        Change::Set {
            name,
            value,
            is_forced: self.service.settings.is_assigned(name),
        }
    }

    /// The change that switches a setting of the unit on or off.
    pub fn switch(&self, name: &'static str, is_on: bool) -> Change {
        self.set(name, Value::Switch(is_on))
    }

    /// The remedy that takes an entry out of a setting of the unit that is a list.
    pub fn without(&self, setting: &'static str, entry: &str) -> Option<Remedy> {
        let words = |setting: &str| {
            let values = self.service.settings.list(setting).iter();
            values.flat_map(|value| raw_words(value))
        };
        let rest = words(setting).filter(|word| word != entry);
        let mut changes = vec![Change::Replace(
            setting,
            rest.map(Expression::from).collect(),
        )];
        // An empty assignment in a unit takes back both.
        let other = match setting {
            "BindPaths" => Some("BindReadOnlyPaths"),
            "BindReadOnlyPaths" => Some("BindPaths"),
            _ => None,
        };
        if let (Some(other), false) = (other, self.bundle.source.is_nix()) {
            let kept = words(other).map(Expression::from).collect();
            changes.push(Change::Add(other, kept));
        }
        self.change("to take it out", entry, &changes)
    }
}
