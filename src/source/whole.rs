//! A bundle together with the services that it is made of, so that it can be made again with changes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Result;

use super::load::{At, Loaded};
use super::{Request, Source, System};
use crate::bundle::{self, Planned};
use crate::nix;
use crate::progress::Progress;
use crate::service::{Services, Unconfined, UnitName};
use crate::store::StoreFiles;

/// A bundle, and what it is made of.
pub struct Whole {
    /// The services. Those of an existing bundle are what the bundle keeps of them.
    pub services: Services,
    /// The bundle that they make, or the existing one.
    pub planned: Planned,
    /// The files of its store that this machine has.
    pub files: Arc<dyn StoreFiles>,
    /// The directories of their units, the most important first; empty if they are not from units.
    pub units: Vec<PathBuf>,
}

/// Services of which a bundle can be made.
pub struct Gathered {
    /// The services. Those of an existing bundle are what the bundle keeps of them.
    pub services: Services,
    /// The files of their store that this machine has.
    pub files: Arc<dyn StoreFiles>,
    /// The directories of their units, the most important first; empty if they are not from units.
    pub units: Vec<PathBuf>,
    /// The services that their configuration confines by name, if they are evaluated.
    pub enabled: BTreeSet<UnitName>,
    /// The services that their configuration leaves unconfined with a reason, if they are evaluated.
    pub excepted: BTreeMap<UnitName, Unconfined>,
}

impl Request {
    /// The services of a target, of which no bundle is made; see [`Request::whole`].
    pub fn gathered(&self, target: Option<&str>, progress: &Progress) -> Result<Gathered> {
        if let Some(system) = target.and_then(|target| System::at(Path::new(target))) {
            let place = system.bundle.to_string_lossy();
            let gathered = self.gathered(Some(&place), progress)?;
            return Ok(Gathered {
                units: vec![system.units],
                ..gathered
            });
        }
        match self.at(bundle::read_sealed, target, progress)? {
            At::Bundle(Loaded { bundle, files, .. }) => Ok(Gathered {
                services: bundle.services()?,
                files,
                units: Vec::new(),
                enabled: BTreeSet::new(),
                excepted: BTreeMap::new(),
            }),
            At::Request(toward) => {
                let services = toward.request.services(progress);
                let services = services.map_err(|error| toward.explained(error))?;
                let (enabled, excepted) = toward.request.configured(progress)?;
                Ok(Gathered {
                    enabled,
                    excepted,
                    files: self.local_files(&services.store_dir).into(),
                    units: self.unit_directories(),
                    services,
                })
            }
        }
    }

    /// What is gathered, with some of its services changed or left out, and the bundle that is made of these.
    pub fn whole_of(&self, gathered: &Gathered, services: Services, planned: Planned) -> Whole {
        Whole {
            files: self.local_files(&services.store_dir).into(),
            units: gathered.units.clone(),
            services,
            planned,
        }
    }

    /// The directories of units, if the services come from there.
    fn unit_directories(&self) -> Vec<PathBuf> {
        match &self.source {
            Source::Units(directories) => directories.clone(),
            _ => Vec::new(),
        }
    }

    /// The bundle of a target with its services; see [`Request::load`]. Of a built NixOS system, the bundle that its units link to, with
    /// these units.
    pub fn whole(&self, target: Option<&str>, progress: &Progress) -> Result<Whole> {
        if let Some(system) = target.and_then(|target| System::at(Path::new(target))) {
            let place = system.bundle.to_string_lossy();
            let whole = self.whole(Some(&place), progress)?;
            return Ok(Whole {
                units: vec![system.units],
                ..whole
            });
        }
        match self.at(bundle::read_verified, target, progress)? {
            At::Bundle(Loaded {
                name,
                bundle,
                files,
                ..
            }) => {
                let mut services = bundle.services()?;
                self.selection.apply(&mut services)?;
                Ok(Whole {
                    planned: bundle::read_files(bundle, Path::new(&name))?,
                    services,
                    files,
                    units: Vec::new(),
                })
            }
            At::Request(toward) => {
                let whole = toward.request.made_whole(progress);
                whole.map_err(|error| toward.explained(error))
            }
        }
    }

    fn made_whole(&self, progress: &Progress) -> Result<Whole> {
        let (services, planned) = self.made_with_services(progress)?;
        let files = self.local_files(&services.store_dir).into();
        Ok(Whole {
            services,
            planned,
            files,
            units: self.unit_directories(),
        })
    }

    /// Makes the bundle of these services. Their store paths are looked up in the store.
    pub fn remake(&self, services: &Services, progress: &Progress) -> Result<Planned> {
        let nix = self.nix(progress);
        let files = nix::files(&nix, &services.store_dir);
        self.make_of(services, None, &*files, &nix)
    }
}
