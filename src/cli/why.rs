//! `confinix why`

use anyhow::{Result, bail};
use clap::builder::Resettable;
use clap::{ArgMatches, Args, Command, FromArgMatches};
use rayon::prelude::*;

use super::fleet::FleetArgs;
use super::format::{Printing, print_as};
use super::loaded::{
    Wanted, find_service, fleet_request, load_taken, refuse_idle, service_name, told,
};
use super::source::SourceOptions;
use super::{Outcome, Usage};
use crate::bundle::{Bundle, Why as Reasons, graph};
use crate::output::{FleetMatches, Format, HiddenFiles, Match, Matches};
use crate::progress::Progress;
use crate::service::{Selection, UnitName};
use crate::source::{Loaded, Request};
use crate::store::{PathPattern, StorePath};

/// Show why a service sees a store path: the shortest chain of references from an option to it
///
/// PATTERN is the name of a package (openssl), its name and version (openssl-3.0.13), a glob over either (python3*, openssl-1.*), the first
/// 6 or more characters of a store path's hash, or a whole store path. Exits 1 if nothing matches. SERVICE need not be confined: confinix
/// then shows what it would see.
#[derive(Args)]
#[command(
    override_usage = "confinix why [OPTIONS] <TARGET> <SERVICE> <PATTERN>",
    after_help = "\
Examples:
  confinix why confinix-bundle nginx openssl        why does nginx see openssl?
  confinix why --all confinix-bundle nginx glibc     the chain from every closure root
  confinix why .#nixosConfigurations.web nginx 'python3*'
  confinix why .#nixosConfigurations '*' openssl     which services of which hosts see openssl?
  confinix why bundles 'web*:nginx' openssl          nginx on some of the hosts
  confinix why -f services.nix web libc
  confinix why --hidden confinix-bundle nginx share/man"
)]
pub struct Why {
    /// A bundle, or anything that `confinix bundle` takes; omitted with --file, --expr, --services or --units
    #[arg(value_name = "TARGET")]
    first: String,
    /// One of its services, with or without .service; with several hosts, a glob over SERVICE or HOST:SERVICE
    #[arg(value_name = "SERVICE")]
    second: String,
    /// The store paths to explain
    #[arg(value_name = "PATTERN")]
    third: Option<String>,
    /// Show instead which files the service's view hides, by which class, and why it keeps executables
    ///
    /// PATTERN is a glob over the paths of files below their store path ('share/man/**'), or part of such a path.
    #[arg(long, conflicts_with = "all")]
    hidden: bool,
    #[command(flatten)]
    printing: Printing<Matches<'static>>,
    #[command(flatten, next_help_heading = "Hosts of a fleet")]
    fleet: FleetArgs,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: Source,
}

/// The shared options, except that `--all` has another meaning: the service is always named here.
struct Source(SourceOptions);

impl Args for Source {
    fn augment_args(command: Command) -> Command {
        SourceOptions::augment_args(command)
            .mut_arg("all", |all| {
                all.help("Show the chain from every closure root, not only the shortest one")
                    .conflicts_with(Resettable::Reset)
                    .help_heading(Resettable::Reset)
            })
            .mut_arg("units", |units| units.long_help(Resettable::Reset))
            .mut_arg("select", |select| select.hide(true))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Source {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        SourceOptions::from_arg_matches(matches).map(Self)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0.update_from_arg_matches(matches)
    }
}

impl Why {
    pub fn run(self, progress: &Progress) -> Result<Outcome> {
        let Source(mut source) = self.source;
        let (target, service, pattern) = match &self.third {
            Some(pattern) => (Some(self.first.as_str()), &self.second, pattern),
            None if source.are_enough() => (None, &self.first, &self.second),
            None => bail!(Usage(
                "why takes a target, a service and a pattern (omit the target with --file, --expr, --services or --units); see `confinix why --help`".into()
            )),
        };
        let format = self.printing.format();
        if self.hidden {
            source.refuse_selection("why")?;
            self.fleet.refuse("why --hidden, which takes one host")?;
            refuse_idle(&[target], &source)?;
            source.take(&service_name(service)?);
            let loaded = load_taken(target, &source, progress)?;
            return why_hidden(&loaded, service, pattern, format);
        }
        let pattern = PathPattern::parse(pattern).map_err(|error| Usage(format!("{error:#}")))?;
        let all_roots = std::mem::take(&mut source.all);
        source.refuse_selection("why")?;
        let wanted = Wanted::parse(service)?;
        let request = fleet_request(&[target], &source, &self.fleet)?;
        // The named service is selected, confined or not.
        let selection = wanted.name().map(|name| name.to_string());
        let request = Request {
            selection: Selection::new(selection.as_slice())?,
            ..request
        };
        let fleet = told(request.load_all(&[target], progress)?, progress)?;
        if let [loaded] = fleet.hosts.as_slice()
            && loaded.host.is_none()
        {
            let name = find_service(&loaded.bundle, &loaded.name, service)?;
            let found = matches_of(&loaded.bundle, &name, &pattern, all_roots)?;
            print_as(format, &found)?;
            return Ok(outcome(found.matches.is_empty()));
        }
        let services = wanted.of(&fleet.hosts);
        if services.is_empty() {
            bail!("no host has a service {service}");
        }
        let matches = services.par_iter().map(|(loaded, name)| {
            let found = matches_of(&loaded.bundle, name, &pattern, all_roots)?;
            Ok((loaded.host.as_ref(), found))
        });
        let found = FleetMatches {
            pattern: pattern.as_str(),
            services: matches.collect::<Result<_>>()?,
            failed: &fleet.failed,
            is_unfolded: progress.is_verbose(),
        };
        print_as(format, &found)?;
        let outcome = outcome(found.matching().next().is_none());
        Ok(self.fleet.outcome(&fleet.failed, outcome))
    }
}

/// The paths of a service's closure that match, each with the reasons why the service sees it.
fn matches_of<'a>(
    bundle: &'a Bundle,
    name: &'a UnitName,
    pattern: &'a PathPattern,
    all_roots: bool,
) -> Result<Matches<'a>> {
    let service = &bundle.services[name];
    let seen = &bundle.closures[&service.closure].paths;
    let matching: Vec<_> = seen.iter().filter(|path| pattern.matches(path)).collect();
    let mut found = Matches {
        service: name,
        pattern: pattern.as_str(),
        proposals: pattern.proposals(seen),
        matches: Vec::new(),
    };
    if matching.is_empty() {
        return Ok(found);
    }
    let graph = graph(bundle)?;
    let reasons = Reasons::new(&graph, service)?;
    let of = |path: &'a StorePath| Match {
        path,
        nar_size: bundle.paths[path].nar_size,
        chains: if all_roots {
            reasons.from_every_root(path)
        } else {
            reasons.shortest(path).into_iter().collect()
        },
    };
    found.matches = matching.into_iter().map(of).collect();
    Ok(found)
}

fn outcome(is_empty: bool) -> Outcome {
    if is_empty { Outcome::No } else { Outcome::Yes }
}

/// Prints which files the view of a service leaves out.
fn why_hidden(loaded: &Loaded, service: &str, pattern: &str, format: Format) -> Result<Outcome> {
    let Loaded {
        name,
        bundle,
        files,
        ..
    } = loaded;
    let service = find_service(bundle, name, service)?;
    let found = HiddenFiles::find(bundle, &service, pattern)
        .map_err(|error| Usage(format!("{error:#}")))?
        .with_those_that_stay(bundle, &**files)?;
    print_as(format, &found)?;
    Ok(outcome(found.is_empty()))
}
