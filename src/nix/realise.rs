//! Builds or substitutes the store paths that services name and the store lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use anyhow::{Result, bail};

use super::Failed;
use super::Nix;
use super::command::{chunks, read_output};
use super::path_info::invalid;
use crate::store::{StoreDir, StorePath};
use crate::text::{InLines, count, shell_word};

/// Store paths that services name, with how to realise them.
#[derive(Clone, Debug, Default)]
pub struct Wanted(BTreeMap<StorePath, Want>);

#[derive(Clone, Debug)]
struct Want {
    /// The first service or unit file that names the path.
    named_by: String,
    /// What to realise to get the path: `<drv>!<outputs>`, or a path to substitute.
    installables: BTreeSet<String>,
}

impl Want {
    /// Returns the derivations that build the path.
    fn derivations(&self) -> impl Iterator<Item = &str> {
        let installables = self.installables.iter();
        installables.filter_map(|installable| installable.split('!').next())
    }
}

impl Wanted {
    /// Adds a path that a service or a unit file names, with what to realise to get it.
    pub fn add(
        &mut self,
        path: StorePath,
        named_by: &impl Display,
        installables: impl IntoIterator<Item = String>,
    ) {
        self.0
            .entry(path)
            .or_insert_with(|| Want {
                named_by: named_by.to_string(),
                installables: BTreeSet::new(),
            })
            .installables
            .extend(installables);
    }

    /// Adds everything that `other` wants.
    pub fn merge(&mut self, other: &Self) {
        for (path, want) in &other.0 {
            let installables = want.installables.iter().cloned();
            self.add(path.clone(), &want.named_by, installables);
        }
    }

    /// Whether there are no paths.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the paths.
    pub fn paths(&self) -> BTreeSet<StorePath> {
        self.0.keys().cloned().collect()
    }

    /// Lists each path with its service, one per line.
    fn list(&self) -> String {
        self.0
            .iter()
            .map(|(path, want)| format!("\n  {path} ({})", want.named_by))
            .collect()
    }
}

/// Builds or substitutes those of `wanted` that the store lacks. With `no_build`, missing paths are an error.
pub fn ensure_valid(nix: &Nix, mut wanted: Wanted, dir: &StoreDir, no_build: bool) -> Result<()> {
    let missing = invalid(nix, &wanted.paths(), dir)?;
    wanted.0.retain(|path, _| missing.contains(path));
    if wanted.0.is_empty() {
        return Ok(());
    }
    if no_build {
        bail!(InLines(format!(
            "the store lacks paths that services need; run without --no-build to build or substitute them:{}",
            wanted.list()
        )));
    }
    if let Some((path, want)) = wanted
        .0
        .iter()
        .find(|(_, want)| want.installables.is_empty())
    {
        bail!(
            "{} names {path}, which the store does not have, and the services don't record how to build it: correct the path, or copy it there with `nix copy`",
            want.named_by
        );
    }
    refuse_to_build_in_a_cache(nix, &wanted)?;
    nix.progress().step(&format!(
        "building {}",
        count(wanted.0.len(), "missing path")
    ));
    realise(nix, &wanted).map_err(|error| {
        let what = blame(nix, &wanted, &error);
        error.context(format!("cannot build or substitute {what}"))
    })?;
    // The unit file of a package may name a path that the package does not reference.
    let still_missing = invalid(nix, &wanted.paths(), dir)?;
    if let Some((path, want)) = wanted
        .0
        .iter()
        .find(|(path, _)| still_missing.contains(path))
    {
        bail!(
            "{} names {path}, which the store still lacks after building and substituting: correct the path, or the package whose unit names it",
            want.named_by
        );
    }
    Ok(())
}

/// Nix can't build in a binary cache. Before they report that, Nix 2.8 to 2.26 delete the outputs from this machine's store: they
/// mistake the local files for invalid outputs of the cache.
fn refuse_to_build_in_a_cache(nix: &Nix, wanted: &Wanted) -> Result<()> {
    let Some(store) = nix.options().store_url().filter(|url| is_cache(url)) else {
        return Ok(());
    };
    let is_built = |installable: &String| installable.contains(".drv!");
    if wanted
        .0
        .values()
        .any(|want| want.installables.iter().any(is_built))
    {
        bail!(InLines(format!(
            "the store {store} lacks paths that services need, and can't build them; build them elsewhere and copy them with `nix copy --to {}`:{}",
            shell_word(store.as_str()),
            wanted.list()
        )));
    }
    Ok(())
}

/// Whether this is the URL of a store that only holds files and can't build.
fn is_cache(url: &str) -> bool {
    ["http://", "https://", "s3://", "file://", "dummy://"]
        .iter()
        .any(|scheme| url.starts_with(scheme))
}

/// How many derivations to query for their requisites after a failed build.
const MAX_ASKED: usize = 200;

/// Describes briefly what failed and which service needs it. Several services may need the derivation that nix reports.
fn blame(nix: &Nix, wanted: &Wanted, error: &anyhow::Error) -> String {
    let stderr = error
        .downcast_ref::<Failed>()
        .map_or("", |failed| &failed.stderr);
    let failed = failed_derivations(stderr);
    let wants = |needs: &dyn Fn(&str) -> bool| {
        let mut wants = wanted.0.iter();
        wants.find(|(_, want)| want.derivations().any(needs))
    };
    let is_failed = |derivation: &str| failed.contains(derivation);
    if let Some((path, want)) = wants(&is_failed).or_else(|| one(&wanted.0)) {
        return format!("{} for {}", path.base(), want.named_by);
    }
    let Some(culprit) = failed.first() else {
        return format!("some of {} store paths that services name", wanted.0.len());
    };
    let asked = wanted.0.values().flat_map(Want::derivations);
    let needing = asked.take(MAX_ASKED).find(|derivation| {
        let arguments = ["--query", "--requisites", derivation].map(Into::into);
        nix.nix_store(arguments, read_output).is_ok_and(|needed| {
            let mut lines = needed.split(|byte| *byte == b'\n');
            lines.any(|line| line == culprit.as_bytes())
        })
    });
    let base = culprit.rsplit('/').next().unwrap_or(culprit);
    match needing.and_then(|needing| wants(&|derivation| derivation == needing)) {
        Some((path, want)) => format!("{base}, which {} for {} needs", path.base(), want.named_by),
        None => format!("{base}, which services need"),
    }
}

fn one(wanted: &BTreeMap<StorePath, Want>) -> Option<(&StorePath, &Want)> {
    wanted.first_key_value().filter(|_| wanted.len() == 1)
}

/// Returns the derivations that failed themselves, and not because of a dependency.
fn failed_derivations(stderr: &str) -> BTreeSet<&str> {
    let after = stderr.lines().skip(1).chain([""]);
    stderr
        .lines()
        .zip(after)
        .filter(|(line, reason)| {
            // Up to 2.28, nix prints "builder for"; later versions print "Cannot build", with the reason on the next line.
            let is_for_another = reason.contains("Reason:") && reason.contains("depend");
            line.contains("builder for '") || line.contains("Cannot build '") && !is_for_another
        })
        .filter_map(|(line, _)| line.split('\'').nth(1))
        .filter(|path| path.ends_with(".drv"))
        .collect()
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
        nix.nix_store_building(std::iter::once("--realise".into()).chain(chunk))?;
    }
    Ok(())
}

/// Copies the derivations from the store used for evaluation to the store that builds them.
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

#[cfg(test)]
mod tests {
    use super::failed_derivations;

    #[test]
    fn what_failed_itself_is_told_from_what_needs_it() {
        let old = "error: builder for '/s/a.drv' failed with exit code 9;\nerror: 1 dependencies of derivation '/s/b.drv' failed to build\n";
        let new = "error: Cannot build '/s/a.drv'.\n       Reason: builder failed with exit code 9.\nerror: Cannot build '/s/b.drv'.\n       Reason: 1 dependency failed.\n";
        for stderr in [old, new] {
            assert_eq!(Vec::from_iter(failed_derivations(stderr)), ["/s/a.drv"]);
        }
    }
}
