//! Rounds in which a service uses up what all share: the others are tried again without it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::files::UnitFiles;
use super::round::{Played, Recorder, Stage};
use crate::service::{Service, UnitName};

/// How often services that were disturbed are tried again.
const AGAIN: usize = 8;

impl Stage {
    /// Tries services in a fresh guest and records something of them. `done` is called after each with how many have been tried. A service
    /// that uses too much is ended, and those that it may have disturbed are tried again.
    pub fn play(
        &self,
        files: &UnitFiles,
        services: &BTreeMap<&UnitName, &Service>,
        recorder: Recorder<'_>,
        done: &(dyn Fn(usize) + Sync),
    ) -> Result<Played> {
        let mut played = self.play_once(files, services, recorder, done)?;
        let mut to_blame = self.blame(&mut played, services);
        let mut tried = services.clone();
        let stage = Self {
            keep: None,
            ..self.clone()
        };
        for _ in 0..AGAIN {
            let Some(first) = played.excesses.iter().map(|excess| excess.at).min() else {
                break;
            };
            tried.retain(|name, _| {
                let ended = played.ended.get(*name);
                !to_blame.contains(*name) && ended.is_some_and(|ended| *ended >= first)
            });
            if tried.is_empty() {
                break;
            }
            let again = stage.play_once(files, &tried, recorder, &|_| {})?;
            played.trials.extend(again.trials);
            played.traces.extend(again.traces);
            played.touched.extend(again.touched);
            played.obstacle = played.obstacle.or(again.obstacle);
            played.ended = again.ended;
            played.excesses = again.excesses;
            to_blame = self.blame(&mut played, &tried);
        }
        Ok(played)
    }

    /// Takes note of which services used too much, and returns them.
    fn blame(
        &self,
        played: &mut Played,
        tried: &BTreeMap<&UnitName, &Service>,
    ) -> BTreeSet<UnitName> {
        let mut to_blame = BTreeSet::new();
        for excess in &played.excesses {
            for name in tried.keys() {
                let mut units = self.script.instances.units(name).iter();
                let Some(unit) = units.find(|unit| unit.as_str() == excess.unit) else {
                    continue;
                };
                if let Some(trials) = played.trials.get_mut(*name) {
                    trials.exceed(unit, excess.resource);
                    to_blame.insert((*name).clone());
                }
            }
        }
        to_blame
    }
}
