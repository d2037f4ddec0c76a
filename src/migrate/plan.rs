//! Bundles of as many services as one can be made of.

use std::collections::BTreeMap;

use anyhow::{Error, Result};

use crate::bundle::Planned;
use crate::interrupt;
use crate::progress::{Progress, Verbosity};
use crate::service::{Service, Services, UnitName};
use crate::source::Request;

/// The bundle of the services of which one can be made, and the errors of the others.
pub fn plan(
    request: &Request,
    like: &Services,
    services: &BTreeMap<UnitName, Service>,
) -> Result<(Planned, BTreeMap<UnitName, Error>)> {
    let make = |services: &BTreeMap<UnitName, Service>| {
        interrupt::check()?;
        let mut all = Services::new(like.store_dir.clone(), services.clone());
        all.source = like.source;
        request.remake(&all, &Progress::new(Verbosity::Quiet))
    };
    let error = match make(services) {
        Ok(planned) => return Ok((planned, BTreeMap::new())),
        Err(error) => error,
    };
    interrupt::check()?;
    let mut refused = BTreeMap::new();
    refuse(services.clone(), error, &make, &mut refused);
    let mut possible = services.clone();
    possible.retain(|name, _| !refused.contains_key(name));
    if possible.is_empty() {
        // What is wrong with all of them is probably no fault of theirs.
        let first = refused.into_values().next();
        return Err(first.unwrap_or_else(|| Error::msg("there is no service")));
    }
    Ok((make(&possible)?, refused))
}

/// Finds the services that make a bundle of these impossible, by halves.
fn refuse(
    services: BTreeMap<UnitName, Service>,
    error: Error,
    make: &dyn Fn(&BTreeMap<UnitName, Service>) -> Result<Planned>,
    refused: &mut BTreeMap<UnitName, Error>,
) {
    if services.len() <= 1 {
        refused.extend(services.into_keys().next().map(|name| (name, error)));
        return;
    }
    let middle = services.len() / 2;
    let mut services = services.into_iter();
    let halves: [BTreeMap<_, _>; 2] =
        [services.by_ref().take(middle).collect(), services.collect()];
    for half in halves {
        if let Err(error) = make(&half) {
            refuse(half, error, make, refused);
        }
    }
}
