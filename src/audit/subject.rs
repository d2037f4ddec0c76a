//! What a rule looks at.

use crate::audit::exposure::Exposed;
use crate::audit::finding::Draft;
use crate::audit::finding::Foreseen;
use crate::audit::policy::{Policy, PolicyRule};
use crate::audit::{Date, Remedy};
use crate::bundle::{Bundle, BundleService, Closure};
use crate::service::UnitName;
use crate::store::{Package, StorePath};
use crate::text::{nix_list, toml_string};
use crate::unit::raw_words;

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
    pub fn foreseen(&self, code: &str) -> Vec<Draft> {
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

    /// The remedy that adds a value behind those of a setting of the unit.
    pub fn with(&self, setting: &str, value: &str) -> Remedy {
        let values = self.service.settings.list_with_resets(setting).iter();
        let all: Vec<_> = values
            .map(String::as_str)
            .chain([value])
            .map(|value| format!(" {value:?}"))
            .collect();
        Remedy::nixos(
            "to take that away",
            self.name,
            &format!("serviceConfig.{setting}"),
            &format!("lib.mkForce [{} ]", all.concat()),
        )
    }

    /// The remedy that takes an entry out of a setting of the unit that is a list.
    pub fn without(&self, setting: &str, entry: &str) -> Remedy {
        let values = self.service.settings.list(setting).iter();
        let rest: Vec<_> = values
            .flat_map(|value| raw_words(value))
            .filter(|word| word != entry)
            .collect();
        Remedy::nixos(
            "to take it out",
            self.name,
            &format!("serviceConfig.{setting}"),
            &format!("lib.mkForce {}", nix_list(rest)),
        )
    }
}
