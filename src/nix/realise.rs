//! Has what services name in the store: builds or substitutes what it lacks.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use super::Nix;
use super::command::{chunks, read_output};
use super::path_info::invalid;
use crate::service::UnitName;
use crate::store::{StoreDir, StorePath};

/// Store paths that services name.
#[derive(Debug, Default)]
pub struct Wanted(BTreeMap<StorePath, Want>);

#[derive(Debug)]
struct Want {
    /// The first service that names the path.
    service: UnitName,
    /// What has to be realised to have it: `<drv>!<outputs>`, or a path to substitute.
    installables: BTreeSet<String>,
}

impl Wanted {
    /// Adds a path that a service names, with what has to be realised to have it.
    pub fn add(
        &mut self,
        path: StorePath,
        service: &UnitName,
        installables: impl IntoIterator<Item = String>,
    ) {
        self.0
            .entry(path)
            .or_insert_with(|| Want {
                service: service.clone(),
                installables: BTreeSet::new(),
            })
            .installables
            .extend(installables);
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The paths.
    pub fn paths(&self) -> BTreeSet<StorePath> {
        self.0.keys().cloned().collect()
    }

    /// A line for each path with its service.
    fn list(&self) -> String {
        self.0
            .iter()
            .map(|(path, want)| format!("\n  {path} ({})", want.service))
            .collect()
    }

    /// A few words for all paths.
    fn describe(&self) -> String {
        let Some((path, want)) = self.0.first_key_value() else {
            return "nothing".to_owned();
        };
        let first = format!("{} for {}", path.base(), want.service);
        match self.0.len() {
            1 => first,
            count => format!("{first}, and {} more", count - 1),
        }
    }
}

/// Builds or substitutes those of `wanted` that the store lacks, unless `no_build`. Whether it lacked any.
pub fn ensure_valid(nix: &Nix, mut wanted: Wanted, dir: &StoreDir, no_build: bool) -> Result<bool> {
    let invalid = invalid(nix, &wanted.paths(), dir)?;
    wanted.0.retain(|path, _| invalid.contains(path));
    if wanted.0.is_empty() {
        return Ok(false);
    }
    if no_build {
        bail!(
            "the store lacks what services need; leave --no-build out to have it built or substituted:{}",
            wanted.list()
        );
    }
    if let Some((path, want)) = wanted
        .0
        .iter()
        .find(|(_, want)| want.installables.is_empty())
    {
        bail!(
            "{} names {path}, which the store does not have; nothing in the services says how to make it: correct the path, or copy it there with `nix copy`",
            want.service
        );
    }
    refuse_to_build_in_a_cache(nix, &wanted)?;
    nix.progress()
        .step(&format!("building {} missing paths", wanted.0.len()));
    realise(nix, &wanted)
        .with_context(|| format!("could not build or substitute {}", wanted.describe()))?;
    Ok(true)
}

/// Nix can't build there, and before it says so, Nix 2.8 to 2.26 delete the outputs from this machine's store: they take those of the
/// cache, which are not valid, for files of the same name here.
fn refuse_to_build_in_a_cache(nix: &Nix, wanted: &Wanted) -> Result<()> {
    let Some(store) = store_url(nix).filter(|url| is_cache(url)) else {
        return Ok(());
    };
    let is_built = |installable: &String| installable.contains(".drv!");
    if wanted
        .0
        .values()
        .any(|want| want.installables.iter().any(is_built))
    {
        bail!(
            "the store {store} lacks what services need, and nothing can be built there; build it elsewhere and copy it with `nix copy --to {store}`:{}",
            wanted.list()
        );
    }
    Ok(())
}

/// The store that nix works on, as far as it is told one here.
fn store_url(nix: &Nix) -> Option<String> {
    let options = nix.options();
    let setting = options.settings.iter().rfind(|(name, _)| name == "store");
    options
        .store
        .clone()
        .or_else(|| setting.map(|(_, url)| url.clone()))
        .or_else(|| std::env::var("NIX_REMOTE").ok())
}

/// Whether this is the URL of a store that holds files and does nothing.
fn is_cache(url: &str) -> bool {
    ["http://", "https://", "s3://", "file://", "dummy://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

fn realise(nix: &Nix, wanted: &Wanted) -> Result<()> {
    let installables: BTreeSet<&str> = wanted
        .0
        .values()
        .flat_map(|want| &want.installables)
        .map(String::as_str)
        .collect();
    if let Some(eval_store) = &nix.options().eval_store {
        copy_derivations(nix, &installables, eval_store)?;
    }
    for chunk in chunks(installables) {
        nix.nix_store(
            std::iter::once("--realise".into()).chain(chunk),
            read_output,
        )?;
    }
    Ok(())
}

/// Derivations are where they were evaluated; they are built where the store is.
fn copy_derivations(nix: &Nix, installables: &BTreeSet<&str>, eval_store: &str) -> Result<()> {
    let derivations: BTreeSet<&str> = installables
        .iter()
        .filter_map(|installable| installable.split('!').next())
        .filter(|path| path.ends_with(".drv"))
        .collect();
    let to = nix.options().store.as_deref().unwrap_or("auto");
    let flags = ["--derivation", "--from", eval_store, "--to", to];
    for chunk in chunks(derivations) {
        let arguments = flags.map(Into::into).into_iter().chain(chunk);
        nix.nix(&["copy"], arguments, read_output)?;
    }
    Ok(())
}
