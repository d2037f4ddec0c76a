//! What came of a service: the trial of its unit or, of a template, those of its instances.

use std::collections::BTreeMap;
use std::time::Duration;

use super::trial::Trial;
use crate::guest::Resource;
use crate::service::UnitName;

/// The trials of a service, by the units that were started for it; empty if it was not tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trials(BTreeMap<UnitName, Trial>);

impl Trials {
    /// Takes the trials of a service.
    pub fn of(trials: BTreeMap<UnitName, Trial>) -> Self {
        Self(trials)
    }

    /// The trials, with the units that were started.
    pub fn iter(&self) -> impl Iterator<Item = (&UnitName, &Trial)> {
        self.0.iter()
    }

    /// Whether a unit did what it should: only then can another time be compared with it.
    pub fn is_good(&self) -> bool {
        self.0.values().any(|trial| trial.behaviour.is_good())
    }

    /// What is different from `control`, each as a phrase; empty if nothing is. What does not work there can't be compared.
    pub fn differences(&self, control: &Self) -> Vec<String> {
        let several = control.0.len() > 1;
        let mut phrases = Vec::new();
        for (unit, good) in control.good() {
            let trial = self.0.get(unit).cloned().unwrap_or_default();
            let differences = trial.behaviour.differences(&good.behaviour).into_iter();
            phrases.extend(differences.map(|phrase| {
                if several {
                    format!("as {unit}, {phrase}")
                } else {
                    phrase
                }
            }));
        }
        phrases
    }

    /// The unit that tells most: the first that differs from `control`, else the first that works there, else the first.
    pub fn telling<'a>(&self, control: &'a Self) -> Option<&'a UnitName> {
        let differs = |(unit, good): &(&UnitName, &Trial)| {
            let trial = self.0.get(*unit);
            trial.is_none_or(|trial| !trial.behaviour.differences(&good.behaviour).is_empty())
        };
        let found = control.good().find(differs);
        let found = found.or_else(|| control.good().next());
        let found = found.map(|(unit, _)| unit);
        found.or_else(|| control.0.keys().next())
    }

    /// Takes note that a unit was ended because it used too much of something.
    pub fn exceed(&mut self, unit: &UnitName, resource: Resource) {
        if let Some(trial) = self.0.get_mut(unit) {
            trial.behaviour.exceeds = Some(resource);
        }
    }

    /// Whether a unit used too much of something.
    pub fn exceeds(&self) -> bool {
        let mut trials = self.0.values();
        trials.any(|trial| trial.behaviour.exceeds.is_some())
    }

    /// The trial of a unit.
    pub fn get(&self, unit: &UnitName) -> Option<&Trial> {
        self.0.get(unit)
    }

    /// The last lines of their journals.
    pub fn journal(&self) -> impl Iterator<Item = &str> {
        let lines = self.0.values().flat_map(|trial| &trial.journal);
        lines.map(String::as_str)
    }

    /// The longest time for which one was watched.
    pub fn watched(&self) -> Duration {
        let watched = self.0.values().map(|trial| trial.watched);
        watched.max().unwrap_or_default()
    }

    fn good(&self) -> impl Iterator<Item = (&UnitName, &Trial)> {
        self.0.iter().filter(|(_, trial)| trial.behaviour.is_good())
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;
    use crate::rehearse::behaviour::Behaviour;

    /// The trials of instances, each `true` if it worked.
    fn trials(instances: &[(&str, bool)]) -> Result<Trials> {
        let trials = instances.iter().map(|(name, works)| {
            let behaviour = Behaviour {
                starts: true,
                state: "active (running)".to_owned(),
                result: if *works { "success" } else { "signal" }.to_owned(),
                meets_conditions: true,
                ..Behaviour::default()
            };
            let trial = Trial {
                behaviour,
                ..Trial::default()
            };
            Ok((UnitName::parse(&format!("x@{name}.service"))?, trial))
        });
        Ok(Trials::of(trials.collect::<Result<_>>()?))
    }

    #[test]
    fn instances_are_compared_that_work_without_confinement() -> Result<()> {
        let control = trials(&[("a", false), ("b", true), ("c", true)])?;
        assert!(control.is_good());
        assert!(!trials(&[("a", false)])?.is_good());
        for (confined, differences, telling) in [
            (
                [("a", false), ("b", true), ("c", true)],
                &[][..],
                "x@b.service",
            ),
            (
                [("a", true), ("b", true), ("c", false)],
                &["as x@c.service, it fails (signal)"],
                "x@c.service",
            ),
        ] {
            let confined = trials(&confined)?;
            assert_eq!(confined.differences(&control), differences);
            let found = confined.telling(&control).map(UnitName::as_str);
            assert_eq!(found, Some(telling));
        }
        // One that was not tried again differs.
        let lacking = trials(&[("b", true)])?;
        assert_eq!(lacking.differences(&control).len(), 1);
        // Of one unit, it is clear which is meant.
        let (control, failed) = (trials(&[("a", true)])?, trials(&[("a", false)])?);
        assert_eq!(failed.differences(&control), ["it fails (signal)"]);
        // If none works, the first tells why.
        let found = Trials::default().telling(&failed).map(UnitName::as_str);
        assert_eq!(found, Some("x@a.service"));
        Ok(())
    }
}
