//! The services of a bundle, as what a bundle is made of.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

use super::definitions::presets;
use super::model::{Bundle, BundleService};
use crate::service::{
    Choice, Confinement, ExecSetting, Hide, HideClass, Run, Service, Services, SourceString,
    UnitName,
};

impl Bundle {
    /// Fails if user managers run the services. `what` can't be done for them.
    pub fn refuse_user_services(&self, what: &str) -> Result<()> {
        ensure!(
            self.manager.is_system(),
            "the bundle is for services of user managers, and confinix can only {what} services of the system"
        );
        Ok(())
    }

    /// The services from which this bundle would be made again. Their closure roots are all packages: of the texts that name them, a
    /// bundle keeps only some.
    pub fn services(&self) -> Result<Services> {
        let service = |(name, service): (&UnitName, &BundleService)| {
            let service = made_of(service).with_context(|| format!("cannot read {name}"))?;
            Ok((name.clone(), service))
        };
        let services = self
            .services
            .iter()
            .map(service)
            .collect::<Result<BTreeMap<_, _>>>()?;
        let mut services = Services::new(self.store_dir.clone(), services);
        services.source = self.source;
        services.manager = self.manager;
        services.unconfined = self.unconfined.clone();
        Ok(services)
    }
}

/// The classes that its configuration names.
fn asked_for(hide: &Hide) -> Hide {
    let classes = hide.iter().copied();
    classes
        .filter(|class| *class != HideClass::Unobserved)
        .collect()
}

/// What is recorded of its runs, as one run; of another closure, if they were of another.
fn run(service: &BundleService) -> Vec<Run> {
    let is_of_closure = service.hide.contains(&HideClass::Unobserved);
    let run = Run {
        closure: if is_of_closure {
            service.closure.clone()
        } else {
            String::new()
        },
        executed: service.ran.clone(),
        bin_sh: service.ran_bin_sh,
        ..Run::default()
    };
    let is_known = is_of_closure || !run.executed.is_empty() || run.bin_sh.is_some();
    is_known.then_some(run).into_iter().collect()
}

fn made_of(service: &BundleService) -> Result<Service> {
    // A Nix string without context names no closure root.
    let bare = |text: &String| SourceString {
        context: Some(BTreeMap::new()),
        ..SourceString::plain(text)
    };
    let lines = service.exec.iter().filter_map(|(name, values)| {
        let setting = ExecSetting::from_name(name)?;
        Some((setting, values.iter().map(bare).collect()))
    });
    let roots = service
        .roots
        .iter()
        .map(|root| SourceString::plain(root.path.to_string()));
    Ok(Service {
        exec: lines.collect(),
        settings: service.settings.clone(),
        confinement: Confinement {
            mode: service.mode,
            packages: roots.collect(),
            bin_sh: service.bin_sh.as_ref().map(bare),
            full_unit: None,
            strategy: Some(Choice::Only(service.strategy)),
            path: Vec::new(),
            environment: BTreeMap::new(),
            adopt: service.adopt,
            observe: service.observe,
            hide: asked_for(&service.hide),
            hide_unobserved: service.hide_unobserved,
            runs: run(service),
            by_default: false,
            presets: presets(service)?,
            variables: service.variables.clone(),
        },
        unit_packages: Vec::new(),
        placement: None,
        triggered_by: service.triggered_by.clone(),
    })
}
