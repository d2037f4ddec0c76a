//! The input of a rule.

use crate::audit::exposure::Exposed;
use crate::code::Code;
use crate::config::{Policy, PolicyRule};
use crate::date::Date;
use crate::finding::{Confined, Draft, Excepted, Foreseen, Remedy};
use crate::rehearse::Evidence;
use crate::store::{Package, StorePath};
use crate::surface::Surfaces;

/// A service with everything that rules may need to know about it.
pub struct Subject<'a> {
    /// The service, with its settings as systemd reads them.
    pub confined: Confined<'a>,
    /// The rules of the policy that are for it, in the order of the file.
    pub rules: Vec<&'a PolicyRule>,
    /// The paths it sees, with the package that each belongs to.
    pub packages: Vec<(&'a StorePath, Package<'a>)>,
    /// What foresight found, if the store's files are accessible.
    pub foreseen: Vec<Foreseen>,
    /// What the records of rehearsals show about it.
    pub evidence: Evidence<'a>,
    /// Whether it has to be rehearsed, whatever the policy requires.
    pub requires_rehearsal: bool,
    /// Its exposure, if there is a limit.
    pub exposure: Option<Exposed<'a>>,
    /// The files of its closure, if the policy limits them.
    pub surfaces: Option<&'a Surfaces<'a>>,
    /// The date for which the policy is evaluated.
    pub today: Date,
}

impl<'a> Subject<'a> {
    /// Makes the subject, without the results of foresight, rehearsals and `systemd-analyze`, and without files.
    pub fn new(confined: Confined<'a>, policy: &'a Policy, today: Date) -> Self {
        Self {
            rules: policy
                .rules
                .iter()
                .filter(|rule| rule.is_for(confined.name))
                .collect(),
            packages: confined
                .closure()
                .paths
                .iter()
                .map(|path| (path, Package::parse(path.name())))
                .collect(),
            confined,
            foreseen: Vec::new(),
            evidence: Evidence::None,
            requires_rehearsal: false,
            exposure: None,
            surfaces: None,
            today,
        }
    }

    /// Returns the drafts of foresight with a code.
    pub fn foreseen(&self, code: Code) -> Vec<Draft> {
        let foreseen = self
            .foreseen
            .iter()
            .filter(|foreseen| foreseen.code == code);
        foreseen.map(|foreseen| foreseen.draft.clone()).collect()
    }

    /// Returns the remedy that allows the service to have a package.
    pub fn allow_package(&self, package: &Package) -> Remedy {
        let name = package.name.to_owned();
        Remedy::exception(self.confined.name, Excepted::Package(name))
    }
}
