//! Tries changed services, with a bundle made for them.

use std::collections::BTreeMap;

use anyhow::Result;

use super::files::UnitFiles;
use super::improve::Search;
use super::round::{Played, Recorder};
use super::trials::Trials;
use crate::bundle::{Bundle, Planned};
use crate::progress::{Progress, Verbosity};
use crate::service::{Service, Services, UnitName};

impl Search<'_> {
    /// Tries changed services with confinement.
    pub fn attempt(
        &self,
        services: &BTreeMap<&UnitName, Service>,
        told: &str,
    ) -> Result<BTreeMap<UnitName, Trials>> {
        Ok(self.attempted(services, told)?.0)
    }

    /// Tries changed services with confinement, with the bundle made of them. One of which no bundle can be made is left out.
    pub fn attempted(
        &self,
        services: &BTreeMap<&UnitName, Service>,
        told: &str,
    ) -> Result<(BTreeMap<UnitName, Trials>, Bundle)> {
        let planned = self.plan(services)?;
        let made: BTreeMap<&UnitName, Service> = services
            .iter()
            .filter(|(name, _)| planned.bundle.services.contains_key(**name))
            .map(|(name, service)| (*name, service.clone()))
            .collect();
        let trials = if made.is_empty() {
            BTreeMap::new()
        } else {
            self.play(&made, Some(&planned), Recorder::Nothing, told)?
                .trials
        };
        Ok((trials, planned.bundle))
    }

    /// The bundle of changed services, without those of which none can be made.
    pub fn plan(&self, services: &BTreeMap<&UnitName, Service>) -> Result<Planned> {
        let quiet = Progress::new(Verbosity::Quiet);
        let of = |services: BTreeMap<UnitName, Service>| {
            let mut all = Services::new(self.whole.services.store_dir.clone(), services);
            all.source = self.whole.services.source;
            self.request.remake(&all, &quiet)
        };
        let all = services
            .iter()
            .map(|(name, service)| ((*name).clone(), service.clone()));
        of(all.clone().collect()).or_else(|_| {
            let possible =
                all.filter(|(name, service)| of([(name.clone(), service.clone())].into()).is_ok());
            of(possible.collect())
        })
    }

    /// Tries changed services in a fresh guest.
    pub fn play(
        &self,
        services: &BTreeMap<&UnitName, Service>,
        planned: Option<&Planned>,
        recorder: Recorder<'_>,
        told: &str,
    ) -> Result<Played> {
        let all = self.whole.services.services.iter();
        let files = UnitFiles::new(all, self.whole, &self.stage.script.instances)?;
        if let Some(planned) = planned {
            files.confine(planned)?;
        }
        for (name, service) in services {
            files.change(name, &self.whole.services.services[*name], service)?;
            if let Recorder::Tracer(tracer, calls) = recorder {
                files.trace((tracer, calls), name, service)?;
            }
        }
        let count = services.len();
        let by_name = services
            .iter()
            .map(|(name, service)| (*name, service))
            .collect();
        self.stage.play(&files, &by_name, recorder, &|done| {
            self.progress.step(&format!("{told}: {done} of {count}"));
        })
    }
}
