//! Closures in `bundle.json`: a path is its number among the keys of `paths`, in their order, from 0. A path of 200 closures has its
//! name there once.

use std::collections::{BTreeMap, HashMap};

use anyhow::{Context, Error, Result};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::Digest;
use super::model::{Bundle, BundlePath, BundleService, Closure, View};
use super::uncalled::Uncalled;
use crate::service::{Manager, Source, Unconfined, UnitName, unique_keys};
use crate::store::{StoreDir, StorePath};

/// A closure with the numbers of its paths.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Numbered {
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    hidden: Uncalled,
    nar_size: u64,
    paths: Vec<usize>,
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    untold: BTreeMap<String, String>,
}

/// The closures of a bundle with the numbers of their paths.
pub fn numbered(
    closures: &BTreeMap<String, Closure>,
    paths: &BTreeMap<StorePath, BundlePath>,
) -> Result<BTreeMap<String, Numbered>> {
    let numbers: HashMap<&StorePath, usize> = paths.keys().zip(0..).collect();
    let number = |path: &StorePath| {
        let number = numbers.get(path).copied();
        number.with_context(|| format!("the closure has {path}, but the bundle does not"))
    };
    let closures = closures.par_iter().map(|(id, closure)| {
        let numbered = Numbered {
            hidden: closure.hidden.clone(),
            nar_size: closure.nar_size,
            paths: closure.paths.iter().map(number).collect::<Result<_>>()?,
            untold: closure.untold.clone(),
        };
        Ok((id.clone(), numbered))
    });
    closures.collect()
}

/// `bundle.json` as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Written {
    #[serde(deserialize_with = "unique_keys")]
    closures: BTreeMap<String, Numbered>,
    #[serde(deserialize_with = "unique_keys")]
    paths: BTreeMap<StorePath, BundlePath>,
    seal: Option<Digest>,
    #[serde(deserialize_with = "unique_keys")]
    services: BTreeMap<UnitName, BundleService>,
    #[serde(default)]
    source: Source,
    store_dir: StoreDir,
    #[serde(default, deserialize_with = "unique_keys")]
    unconfined: BTreeMap<UnitName, Unconfined>,
    #[serde(default, rename = "user")]
    manager: Manager,
    version: u32,
    view: Option<View>,
}

impl TryFrom<Written> for Bundle {
    type Error = Error;

    fn try_from(written: Written) -> Result<Self> {
        let Written {
            closures,
            paths,
            seal,
            services,
            source,
            store_dir,
            unconfined,
            manager,
            version,
            view,
        } = written;
        let names: Vec<&StorePath> = paths.keys().collect();
        let closures = closures.into_iter().map(|(id, closure)| {
            let path = |number: &usize| {
                let path = names.get(*number).map(|path| (*path).clone());
                path.with_context(|| {
                    format!("closures.{id}.paths: there is no path with the number {number}")
                })
            };
            let closure = Closure {
                hidden: closure.hidden,
                nar_size: closure.nar_size,
                paths: closure.paths.iter().map(path).collect::<Result<_>>()?,
                untold: closure.untold,
            };
            Ok((id, closure))
        });
        Ok(Self {
            closures: closures.collect::<Result<_>>()?,
            paths,
            seal,
            services,
            source,
            store_dir,
            unconfined,
            manager,
            version,
            view,
        })
    }
}
