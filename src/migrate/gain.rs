//! What confinement keeps from services: store paths, programs, and how exposed systemd calls them.

use std::collections::BTreeMap;

use anyhow::Result;
use rayon::prelude::*;

use crate::bundle::Bundle;
use crate::exposure::Gauge;
use crate::service::{Settings, UnitName};
use crate::store::{Entry, StoreDir, StoreFiles, StorePath};
use crate::systemd::ExposureLevel;

/// A number without confinement and with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span<T> {
    /// Without.
    pub before: T,
    /// With.
    pub after: T,
}

/// What is gained at a service. `None` where it is not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gain {
    /// The store paths that it sees.
    pub paths: Option<Span<usize>>,
    /// The executables in `bin`, `sbin` and `libexec` of these.
    pub executables: Option<Span<usize>>,
    /// How exposed it is.
    pub exposure: Option<Span<ExposureLevel>>,
}

/// What is gained.
#[derive(Clone, Debug, Default)]
pub struct Gains {
    /// At each service.
    pub services: BTreeMap<UnitName, Gain>,
    /// The version of systemd that rated the exposure.
    pub systemd: Option<u32>,
    /// Why something is not known.
    pub unknown: Option<String>,
}

/// What the services of a bundle gain.
pub fn gains(bundle: &Bundle, files: &dyn StoreFiles, gauge: &dyn Gauge) -> Result<Gains> {
    let store = Store::look(&bundle.store_dir, files)?;
    let mut gains = Gains::default();
    for (name, service) in &bundle.services {
        let closure = &bundle.closures[&service.closure].paths;
        let all = store.as_ref();
        let gain = Gain {
            paths: all.map(|store| Span {
                before: store.0.len(),
                after: closure.len(),
            }),
            executables: all.map(|store| Span {
                before: store.0.values().sum(),
                after: closure.iter().filter_map(|path| store.0.get(path)).sum(),
            }),
            exposure: None,
        };
        gains.services.insert(name.clone(), gain);
    }
    match exposures(bundle, gauge) {
        Ok((systemd, levels)) => {
            gains.systemd = Some(systemd);
            for (name, gain) in &mut gains.services {
                gain.exposure = levels.get(name).copied();
            }
        }
        Err(error) => gains.unknown = Some(format!("{error:#}")),
    }
    Ok(gains)
}

type Levels = BTreeMap<UnitName, Span<ExposureLevel>>;

fn exposures(bundle: &Bundle, gauge: &dyn Gauge) -> Result<(u32, Levels)> {
    let mut unconfined = bundle.clone();
    for service in unconfined.services.values_mut() {
        service.confinement = Settings::default();
    }
    let names: Vec<&UnitName> = bundle.services.keys().collect();
    let before = gauge.measure(&unconfined, &names)?;
    let after = gauge.measure(bundle, &names)?;
    let levels = before.services.into_iter().filter_map(|(name, before)| {
        let after = after.services.get(&name)?.level;
        let before = before.level;
        Some((name, Span { before, after }))
    });
    Ok((after.systemd, levels.collect()))
}

/// The paths of a store, each with its number of executables.
struct Store(BTreeMap<StorePath, usize>);

impl Store {
    /// `None` if its files are not on this machine.
    fn look(dir: &StoreDir, files: &dyn StoreFiles) -> Result<Option<Self>> {
        let Some(names) = files.list(dir.as_str())? else {
            return Ok(None);
        };
        let paths: Vec<StorePath> = names
            .iter()
            .filter_map(|name| dir.join(name).ok())
            .collect();
        let counted = paths.into_par_iter().map(|path| {
            let count = executables(&path, files)?;
            Ok((path, count))
        });
        Ok(Some(Self(counted.collect::<Result<_>>()?)))
    }
}

fn executables(path: &StorePath, files: &dyn StoreFiles) -> Result<usize> {
    let is_executable = |path: &str| -> Result<bool> {
        let entry = files.entry(path, None)?;
        Ok(matches!(
            entry,
            Some(Entry::File {
                executable: true,
                ..
            })
        ))
    };
    let mut count = usize::from(is_executable(path.as_str())?);
    for directory in ["bin", "sbin", "libexec"] {
        let directory = format!("{path}/{directory}");
        for name in files.list(&directory)?.into_iter().flatten() {
            count += usize::from(is_executable(&format!("{directory}/{name}"))?);
        }
    }
    Ok(count)
}
