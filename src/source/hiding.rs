//! What a request leaves out of the views of all services.

use std::collections::BTreeMap;

use crate::date::Date;
use crate::service::{Hide, HideClass, Run, Services, UnitName};

/// What the views of all services leave out, besides what the services set themselves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hiding {
    /// Classes of files.
    pub classes: Hide,
    /// The last day on which they leave out the executables that no run touched. That of the service counts if it has one.
    pub unobserved_until: Option<Date>,
    /// What runs of the services touched.
    pub runs: BTreeMap<UnitName, Vec<Run>>,
}

impl Hiding {
    /// Leaves out these classes.
    pub fn of(classes: &[HideClass]) -> Self {
        Self {
            classes: classes.iter().copied().collect(),
            ..Self::default()
        }
    }

    /// Whether it changes nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Adds it to services.
    pub fn add_to(&self, services: &mut Services) {
        for (name, service) in &mut services.services {
            let confinement = &mut service.confinement;
            confinement.hide.extend(&self.classes);
            let until = confinement.hide_unobserved.or(self.unobserved_until);
            confinement.hide_unobserved = until;
            let runs = self.runs.get(name).into_iter().flatten();
            confinement.runs.extend(runs.cloned());
        }
    }
}
