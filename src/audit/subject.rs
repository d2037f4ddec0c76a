//! What a rule looks at.

use crate::audit::exposure::Exposed;
use crate::bundle::{Bundle, BundleService, Closure};
use crate::change::{Change, Value};
use crate::code::Code;
use crate::config::{Date, Policy, PolicyRule};
use crate::finding::{Confined, Draft, Excepted, Foreseen, Remedy};
use crate::service::UnitName;
use crate::store::{Package, StorePath};
use crate::systemd::Setting;

/// A service with everything that rules may want to know of it.
pub struct Subject<'a> {
    /// The bundle it is of.
    pub bundle: &'a Bundle,
    /// Its name.
    pub name: &'a UnitName,
    /// Its record in the bundle.
    pub service: &'a BundleService,
    /// Its closure.
    pub closure: &'a Closure,
    /// The rules of the policy that are for it, in the order of the file.
    pub rules: Vec<&'a PolicyRule>,
    /// The paths it sees, with the package that each belongs to.
    pub packages: Vec<(&'a StorePath, Package<'a>)>,
    /// The troubles that foresight found, if the store's files are accessible.
    pub foreseen: Vec<Foreseen>,
    /// Its exposure, if there is a limit.
    pub exposure: Option<Exposed<'a>>,
    /// The date for which the policy is evaluated.
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

    /// The troubles with a code.
    pub fn foreseen(&self, code: Code) -> Vec<Draft> {
        let foreseen = self
            .foreseen
            .iter()
            .filter(|foreseen| foreseen.code == code);
        foreseen.map(|foreseen| foreseen.draft.clone()).collect()
    }

    /// The remedy that lets the service have a package.
    pub fn allow_package(&self, package: &Package) -> Remedy {
        let name = package.name.to_owned();
        Remedy::exception(self.name, Excepted::Package(name))
    }

    /// The service, as fixes are written for it.
    pub fn confined(&self) -> Confined<'a> {
        Confined {
            bundle: self.bundle,
            name: self.name,
            service: self.service,
            closure: self.closure,
        }
    }

    /// See [`Confined::change`].
    pub fn change(&self, what: &str, subject: &str, changes: &[Change]) -> Option<Remedy> {
        self.confined().change(what, subject, changes)
    }

    /// See [`Confined::set`].
    pub fn set(&self, name: Setting, value: Value) -> Change {
        self.confined().set(name, value)
    }

    /// See [`Confined::switch`].
    pub fn switch(&self, name: Setting, is_on: bool) -> Change {
        self.confined().switch(name, is_on)
    }

    /// See [`Confined::without`].
    pub fn without(&self, setting: Setting, entry: &str) -> Option<Remedy> {
        self.confined().without(setting, entry)
    }
}
