//! Records of several rehearsals, and what they show about a service.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{HoldsFor, Record, Recorded, Word};
use crate::bundle::BundleService;
use crate::service::UnitName;

/// Records of rehearsals, each with its file as the user named it.
#[derive(Debug, Default)]
pub struct Records(pub(super) Vec<(PathBuf, Record)>);

/// What records show about a service as it is in a bundle.
#[derive(Clone, Copy, Debug)]
pub enum Evidence<'a> {
    /// No record has it.
    None,
    /// It was rehearsed with another closure, drop-in or unit.
    Other(&'a Recorded),
    /// It does not work without confinement either.
    NotComparable(&'a Recorded),
    /// It behaves as it does without confinement.
    Starts,
    /// It behaves differently.
    Fails(&'a Recorded),
}

impl Records {
    /// Reads these files, each a record.
    pub fn read(files: &[PathBuf]) -> Result<Self> {
        let records = files
            .iter()
            .map(|file| Ok((file.clone(), Record::read(file)?)));
        Ok(Self(records.collect::<Result<_>>()?))
    }

    /// What the records show about a service. If several have it, a failure outweighs a start, and a start whatever does not fit.
    pub fn about(&self, name: &UnitName, service: &BundleService) -> Evidence<'_> {
        let present = HoldsFor::of(service);
        let recorded = self.0.iter();
        recorded
            .filter_map(|(_, record)| record.services.get(name))
            .map(|recorded| Evidence::of(recorded, &present))
            .max_by_key(Evidence::weight)
            .unwrap_or(Evidence::None)
    }

    /// What was recorded of a service as it is in a bundle now, in the order of the files.
    pub fn fitting<'r>(
        &'r self,
        name: &UnitName,
        service: &BundleService,
    ) -> impl Iterator<Item = &'r Recorded> {
        let present = HoldsFor::of(service);
        let recorded = self.0.iter();
        recorded
            .filter_map(|(_, record)| record.services.get(name))
            .filter(move |recorded| recorded.holds_for.as_ref() == Some(&present))
    }

    /// What was recorded of a service that started confined with the commands and the settings of this one, whatever its drop-in was;
    /// `None` if no record tells, or one tells that it fails.
    pub fn started(&self, name: &UnitName, service: &BundleService) -> Option<&Recorded> {
        let present = HoldsFor::of(service);
        let recorded = self.0.iter();
        let fitting = recorded
            .filter_map(|(_, record)| record.services.get(name))
            .filter(|recorded| {
                let held = recorded.holds_for.as_ref();
                held.is_some_and(|held| held.unit == present.unit)
            });
        let fitting: Vec<_> = fitting.collect();
        let of = |word: Word| {
            let mut fitting = fitting.iter().copied();
            fitting.find(|recorded| recorded.verdict == word)
        };
        match of(Word::Fails) {
            Some(_) => None,
            None => of(Word::Starts).or_else(|| of(Word::StartsWithChanges)),
        }
    }

    /// Whether one has the service, with whatever closure, drop-in and unit.
    pub fn have(&self, name: &UnitName) -> bool {
        let mut records = self.0.iter();
        records.any(|(_, record)| record.services.contains_key(name))
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the file of the first record that has none of these services.
    pub fn without(&self, is_meant: impl Fn(&UnitName) -> bool) -> Option<&Path> {
        let mut records = self.0.iter();
        let without = records.find(|(_, record)| !record.services.keys().any(&is_meant));
        without.map(|(file, _)| file.as_path())
    }

    /// Returns the file of the first record that has no rehearsal of the services that are audited.
    pub fn idle(&self, is_audited: impl Fn(&UnitName) -> bool) -> Option<&Path> {
        let is_used = |(name, recorded): (&UnitName, &Recorded)| {
            recorded.verdict != Word::Observed && is_audited(name)
        };
        let mut records = self.0.iter();
        let idle = records.find(|(_, record)| !record.services.iter().any(is_used));
        idle.map(|(file, _)| file.as_path())
    }
}

impl<'a> Evidence<'a> {
    fn of(recorded: &'a Recorded, present: &HoldsFor) -> Self {
        match recorded.verdict {
            Word::NotComparable => Self::NotComparable(recorded),
            // It was not compared with anything.
            Word::Observed => Self::None,
            _ if recorded.holds_for.as_ref() != Some(present) => Self::Other(recorded),
            Word::Starts | Word::StartsWithChanges => Self::Starts,
            Word::Fails => Self::Fails(recorded),
        }
    }

    fn weight(&self) -> u8 {
        match self {
            Self::None => 0,
            Self::Other(_) => 1,
            Self::NotComparable(_) => 2,
            Self::Starts => 3,
            Self::Fails(_) => 4,
        }
    }
}
