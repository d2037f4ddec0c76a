//! `confinix why`

use anyhow::{Result, bail};
use clap::builder::Resettable;
use clap::{ArgMatches, Args, Command, FromArgMatches};

use super::format::{Printing, print_as};
use super::loaded::{find_service, load_taken, refuse_idle, service_name};
use super::source::SourceOptions;
use super::{Outcome, Usage};
use crate::bundle::{Why as Reasons, graph};
use crate::output::{Format, HiddenFiles, Match, Matches};
use crate::progress::Progress;
use crate::source::Loaded;
use crate::store::PathPattern;

/// Show why a service sees a store path: the shortest chain of references from an option to it
///
/// PATTERN matches store paths by the name of their package (openssl), by name and version (openssl-3.0.13), by a glob over
/// either (python3*, openssl-1.*), by the first 6 characters of their hash or more, or whole. Exits 1 if nothing matches.
/// SERVICE need not be confined: then the result is what it would see.
#[derive(Args)]
#[command(
    override_usage = "confinix why [OPTIONS] <TARGET> <SERVICE> <PATTERN>",
    after_help = "\
Examples:
  confinix why confinix-bundle nginx openssl        why does nginx see openssl?
  confinix why --all confinix-bundle nginx glibc     the chain from every closure root
  confinix why .#nixosConfigurations.web nginx 'python3*'
  confinix why -f services.nix web libc
  confinix why --hidden confinix-bundle nginx share/man"
)]
pub struct Why {
    /// A bundle, or anything that `confinix bundle` takes; omitted with --file, --expr, --services or --units
    #[arg(value_name = "TARGET")]
    first: String,
    /// One of its services, with or without .service
    #[arg(value_name = "SERVICE")]
    second: String,
    /// The store paths to explain
    #[arg(value_name = "PATTERN")]
    third: Option<String>,
    /// Show instead which files of the closure the service's view leaves out, by which class, and why executables stay
    ///
    /// PATTERN is a glob over the paths of files below their store path ('share/man/**'), or part of such a path.
    #[arg(long, conflicts_with = "all")]
    hidden: bool,
    #[command(flatten)]
    printing: Printing<Matches<'static>>,
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
            refuse_idle(&[target], &source)?;
            source.take(&service_name(service)?);
            let loaded = load_taken(target, &source, progress)?;
            return why_hidden(&loaded, service, pattern, format);
        }
        let pattern = PathPattern::parse(pattern).map_err(|error| Usage(format!("{error:#}")))?;
        let all_roots = std::mem::take(&mut source.all);
        source.refuse_selection("why")?;
        refuse_idle(&[target], &source)?;
        // Select the named service, confined or not.
        source.take(&service_name(service)?);
        let Loaded { name, bundle, .. } = load_taken(target, &source, progress)?;
        let name = find_service(&bundle, &name, service)?;
        let graph = graph(&bundle)?;
        let reasons = Reasons::new(&graph, &bundle.services[&name])?;
        let seen = &bundle.closures[&bundle.services[&name].closure].paths;
        let found = Matches {
            service: &name,
            pattern: pattern.as_str(),
            proposals: pattern.proposals(seen),
            matches: seen
                .iter()
                .filter(|path| pattern.matches(path))
                .map(|path| Match {
                    path,
                    nar_size: bundle.paths[path].nar_size,
                    chains: if all_roots {
                        reasons.from_every_root(path)
                    } else {
                        reasons.shortest(path).into_iter().collect()
                    },
                })
                .collect(),
        };
        print_as(format, &found)?;
        Ok(if found.matches.is_empty() {
            Outcome::No
        } else {
            Outcome::Yes
        })
    }
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
    Ok(if found.is_empty() {
        Outcome::No
    } else {
        Outcome::Yes
    })
}
