//! `confinix diff`

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use clap::Args;

use super::fleet::FleetArgs;
use super::format::{Printing, print_as};
use super::loaded::load_sides;
use super::source::SourceOptions;
use super::{Outcome, Usage};
use crate::diff::{Compare, Pair, diff};
use crate::output::{Compared, Format};
use crate::progress::Progress;
use crate::service::HostName;
use crate::source::{Fleet, Loaded};
use crate::surface::Surfaces;

/// Compare two bundles: services, the packages they see, their settings, and which services restart because of which path
///
/// A service restarts if its commands, its settings or its drop-in change. Packages with the same version but another store
/// path are only counted, unless --rebuilds is given.
#[derive(Args)]
#[command(
    override_usage = "confinix diff [OPTIONS] <OLD> <NEW>",
    after_help = "\
Examples:
  confinix diff old-bundle new-bundle
  confinix diff result .#nixosConfigurations.web     what changes since the bundle that nix built?
  confinix diff old-bundle -f services.nix --rebuilds
  confinix diff bundles .#nixosConfigurations         of every host
  confinix diff --exit-code --format markdown old new >> summary.md"
)]
pub struct Diff {
    /// A bundle, or anything that `confinix bundle` takes
    old: String,
    /// The bundle to compare with; omitted with --file, --expr, --services or --units
    new: Option<String>,
    #[command(flatten)]
    printing: Printing<Compared<'static>>,
    /// Also list packages that were only rebuilt
    #[arg(long)]
    rebuilds: bool,
    /// Also compare what is in the closures: files, executables, interpreters, set-id and writable files, bytes of code
    #[arg(long)]
    surface: bool,
    /// Exit with 1 if there is a difference
    #[arg(long)]
    exit_code: bool,
    #[command(flatten, next_help_heading = "Hosts of a fleet")]
    fleet: FleetArgs,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

impl Diff {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        if self.new.is_none() && !self.source.are_enough() {
            bail!(Usage(
                "diff takes two targets (omit the second with --file, --expr, --services or --units); see `confinix diff --help`".into()
            ));
        }
        let format = self.printing.format();
        if self.rebuilds && format == Format::Json {
            bail!(Usage(
                "--rebuilds has no effect with --format json, which always lists them: drop it"
                    .into()
            ));
        }
        let targets = [Some(self.old.as_str()), self.new.as_deref()];
        let (old, new) = load_sides(targets, &self.source, &self.fleet, progress)?;
        progress.step("comparing");
        let pairs = pairs(&old, &new)?;
        let looked = pairs
            .iter()
            .map(|(_, before, after)| Ok((self.look(*before)?, self.look(*after)?)));
        let looked = looked.collect::<Result<Vec<_>>>()?;
        let sides: Vec<_> = pairs
            .iter()
            .zip(&looked)
            .map(|((host, before, after), (old, new))| Pair {
                host: *host,
                before: before.map(|loaded| side(loaded, old.as_ref())),
                after: after.map(|loaded| side(loaded, new.as_ref())),
            })
            .collect();
        let found = diff(&sides);
        let failed: Vec<_> = old.failed.into_iter().chain(new.failed).collect();
        let compared = Compared {
            diff: &found,
            rebuilds: self.rebuilds,
            failed: &failed,
            is_unfolded: progress.is_verbose(),
        };
        print_as(format, &compared)?;
        let outcome = if self.exit_code && !found.is_empty() {
            Outcome::No
        } else {
            Outcome::Yes
        };
        Ok(self.fleet.outcome(&failed, outcome))
    }

    fn look<'a>(&self, loaded: Option<&'a Loaded>) -> Result<Option<Surfaces<'a>>> {
        let loaded = loaded.filter(|_| self.surface);
        let look = |loaded: &'a Loaded| Surfaces::look(&loaded.bundle, &*loaded.files);
        loaded.map(look).transpose()
    }
}

fn side<'a>(loaded: &'a Loaded, surfaces: Option<&'a Surfaces<'a>>) -> Compare<'a> {
    Compare {
        bundle: &loaded.bundle,
        surfaces,
    }
}

/// A host with its old and its new bundle.
type Sides<'a> = (Option<&'a HostName>, Option<&'a Loaded>, Option<&'a Loaded>);

/// The hosts of both sides. Those that failed on one of them can't be compared.
fn pairs<'a>(old: &'a Fleet, new: &'a Fleet) -> Result<Vec<Sides<'a>>> {
    if let ([before], [after]) = (old.hosts.as_slice(), new.hosts.as_slice())
        && before.host.is_none()
        && after.host.is_none()
    {
        return Ok(vec![(None, Some(before), Some(after))]);
    }
    let by_name = |fleet: &'a Fleet| {
        let hosts = fleet.hosts.iter();
        let hosts = hosts.map(|loaded| match &loaded.host {
            Some(host) => Ok((host, loaded)),
            None => bail!(Usage(format!(
                "{} is one host, and the other target is a set of hosts: name one of them",
                loaded.name
            ))),
        });
        hosts.collect::<Result<BTreeMap<_, _>>>()
    };
    let (before, after) = (by_name(old)?, by_name(new)?);
    let failed: Vec<_> = old.failed.iter().chain(&new.failed).collect();
    let mut names: BTreeSet<_> = before.keys().chain(after.keys()).copied().collect();
    names.retain(|name| !failed.iter().any(|failed| failed.name == name.as_str()));
    let pair = |name| {
        (
            Some(name),
            before.get(name).copied(),
            after.get(name).copied(),
        )
    };
    Ok(names.into_iter().map(pair).collect())
}
