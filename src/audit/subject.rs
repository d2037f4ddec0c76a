//! What a rule looks at.

use crate::audit::exposure::Exposed;
use crate::bundle::{Bundle, BundleService, Closure};
use crate::change::{self, Change, Expression, Value};
use crate::code::Code;
use crate::config::{Date, Policy, PolicyRule};
use crate::finding::{Draft, Foreseen, Remedy};
use crate::service::UnitName;
use crate::store::{Package, StorePath};
use crate::systemd::raw_words;
use crate::text::toml_string;

/// A service with everything that rules may want to know of it.
pub struct Subject<'a> {
    /// The bundle it is of.
    pub bundle: &'a Bundle,
    /// Its name.
    pub name: &'a UnitName,
    /// What the bundle says of it.
    pub service: &'a BundleService,
    /// What it sees.
    pub closure: &'a Closure,
    /// The rules of the policy that are for it, in the order of the file.
    pub rules: Vec<&'a PolicyRule>,
    /// The paths it sees, with the package that each belongs to.
    pub packages: Vec<(&'a StorePath, Package<'a>)>,
    /// What will not work inside, where the store's files could be looked at.
    pub foreseen: Vec<Foreseen>,
    /// How exposed it is, where there is a limit to that.
    pub exposure: Option<Exposed<'a>>,
    /// The day for which the policy is asked.
    pub today: Date,
}

impl<'a> Subject<'a> {
    pub fn new(bundle: &'a Bundle, name: &'a UnitName, policy: &'a Policy, today: Date) -> Self {
        let service = &bundle.services[name];
        let closure = &bundle.closures[&service.closure];
        Self {
            bundle,
            name,
            service,
            closure,
            rules: policy
                .rules
                .iter()
                .filter(|rule| rule.is_for(name))
                .collect(),
            packages: closure
                .paths
                .iter()
                .map(|path| (path, Package::parse(path.name())))
                .collect(),
            foreseen: Vec::new(),
            exposure: None,
            today,
        }
    }

    /// What is foreseen under a code.
    pub fn foreseen(&self, code: Code) -> Vec<Draft> {
        let foreseen = self
            .foreseen
            .iter()
            .filter(|foreseen| foreseen.code == code);
        foreseen.map(|foreseen| foreseen.draft.clone()).collect()
    }

    /// The remedy that lets the service have a package.
    pub fn allow_package(&self, package: &Package) -> Remedy {
        Remedy::exception(
            self.name,
            &format!("package = {}", toml_string(package.name)),
        )
    }

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
