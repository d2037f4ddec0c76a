//! What strace sees of services, without confinement and with it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use super::improve::Search;
use super::round::{Recorder, side_by_side};
use crate::observe::{Calls, Failures, Trace, Tracer};
use crate::service::{Service, UnitName};

/// What strace saw of a service as it is configured.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Without confinement.
    pub control: Trace,
    /// The calls that failed with confinement and not without.
    pub failures: Failures,
}

impl Search<'_> {
    /// Runs services under strace without confinement and with it, both without changes.
    pub fn look(
        &self,
        tracer: &Tracer,
        names: &BTreeSet<&UnitName>,
    ) -> Result<BTreeMap<UnitName, Seen>> {
        let services = &self.whole.services.services;
        let named = names
            .iter()
            .filter_map(|name| Some((*name, services.get(*name)?.clone())));
        let named: BTreeMap<&UnitName, Service> = named.collect();
        if named.is_empty() {
            return Ok(BTreeMap::new());
        }
        let planned = &self.whole.planned;
        let both = [(None, Calls::All), (Some(planned), Calls::Failed)];
        let mut both = side_by_side(&both, |(planned, calls)| {
            let recorder = Recorder::Tracer(tracer, *calls);
            self.play(&named, *planned, recorder, "looking at calls")
        })?
        .into_iter()
        .map(|played| played.traces);
        let (controls, mut confined) = (
            both.next().unwrap_or_default(),
            both.next().unwrap_or_default(),
        );
        let seen = controls.into_iter().map(|(name, control)| {
            let confined = confined.remove(&name).unwrap_or_default();
            let failures = confined.failed.beyond(&control.failed);
            (name, Seen { control, failures })
        });
        Ok(seen.collect())
    }
}
