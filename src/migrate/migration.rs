//! What came of a migration.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::decision::Decision;
use super::gain::Gain;
use crate::service::UnitName;

/// A migration.
#[derive(Clone, Debug)]
pub struct Migration {
    /// The file that has the configuration.
    pub file: PathBuf,
    /// What it has to contain.
    pub text: String,
    /// Whether that differs from what it contains now, or it does not exist.
    pub is_changed: bool,
    /// Whether services were rehearsed.
    pub is_rehearsed: bool,
    /// The services, with what is decided about each.
    pub services: BTreeMap<UnitName, Migrated>,
    /// Services whose blocks are removed, as they do not exist any more.
    pub gone: Vec<UnitName>,
    /// Exceptions that are not needed, each with the rest of a sentence about it.
    pub unneeded: BTreeMap<UnitName, String>,
    /// The version of systemd that rated the exposure.
    pub systemd: Option<u32>,
    /// Why exposure is not known, if so.
    pub unknown: Option<String>,
}

/// A service of a migration.
#[derive(Clone, Debug)]
pub struct Migrated {
    /// What is decided about it: what its block says, unless that was edited.
    pub decision: Decision,
    /// What becomes of its block.
    pub fate: Fate,
    /// What is gained, if it is confined.
    pub gain: Option<Gain>,
}

/// What becomes of the block of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is new.
    New,
    /// It is replaced.
    Replaced,
    /// It stays as it is.
    Same,
    /// It was edited, and stays as it is. confinix would write these lines, if that is something else than it wrote before.
    Edited(Option<Vec<String>>),
    /// It has none, as the service is configured elsewhere, at this place. confinix would write these lines, if any are missing there.
    Elsewhere(String, Option<Vec<String>>),
}

impl Migrated {
    /// A service of which it is not known yet what is gained.
    pub(super) fn new(decision: Decision, fate: Fate) -> Self {
        Self {
            decision,
            fate,
            gain: None,
        }
    }
}

impl Migration {
    /// The services that are confined.
    pub fn confined(&self) -> usize {
        let services = self.services.values();
        services
            .filter(|service| service.decision.is_confined())
            .count()
    }
}
