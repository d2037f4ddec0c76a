//! Options that several subcommands share: the source of the services and their graph.

mod given;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Result, bail};
use clap::Args;

use self::given::{Purpose, pairs};
use super::fleet::FleetArgs;
use super::machine::MachineArgs;
use super::{Usage, offered};
use crate::config::Config;
use crate::nix;
use crate::progress::Progress;
use crate::service::{HideClass, Include, Selection, Services};
use crate::source::{
    Configuration, Hiding, Hosts, Request, Source, is_bundle_at, taken_for_a_flake,
};
use crate::text::shell_word;

#[derive(Args, Default)]
pub struct SourceArgs {
    /// What to evaluate: a flake reference with attribute path, or with --file or --expr an attribute path
    ///
    /// It may be a NixOS system, a NixOS configuration, or a plain set `{ services.<name> = …; }` in the shape of systemd.services. A flake
    /// reference without attribute path selects the only NixOS system of the flake. [default: .]
    #[arg(conflicts_with_all = ["services", "attrs", "units"])]
    installable: Option<String>,
    #[command(flatten)]
    options: SourceOptions,
}

impl SourceArgs {
    /// Reads only the services.
    pub fn services(&self, progress: &Progress) -> Result<Services> {
        self.options.refuse_closures()?;
        self.refuse_installable()?;
        let request = self
            .options
            .request_for(Purpose::Services, self.installable.as_deref())?;
        request
            .services(progress)
            .map_err(|error| self.explained(error))
    }

    /// Makes the request for a bundle, or for those of several hosts.
    pub fn request(&self, fleet: &FleetArgs) -> Result<Request> {
        self.refuse_installable()?;
        fleet.refuse_idle(self.options.are_recorded())?;
        Ok(Request {
            hosts: fleet.hosts()?,
            ..self.options.request(self.installable.as_deref())?
        })
    }

    /// Whether this is the builder of a derivation, which passes the services in a file that Nix writes.
    pub fn is_builder(&self) -> bool {
        self.options.attrs.is_some()
    }

    /// Returns the flake reference, if the argument is one.
    fn flake(&self) -> Option<&str> {
        let installable = self.installable.as_deref();
        installable.filter(|_| !self.options.are_enough())
    }

    /// Refuses a file, as there is an option for files, and a bundle.
    fn refuse_installable(&self) -> Result<()> {
        let Some(name) = self.flake() else {
            return Ok(());
        };
        let path = Path::new(name);
        if path.is_file() {
            let option = if path
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                "read services with --services"
            } else {
                "evaluate it with --file"
            };
            bail!(Usage(format!(
                "{name} is a file: {option} {}",
                shell_word(name)
            )));
        }
        if is_bundle_at(name) && !path.join("flake.nix").exists() {
            bail!(Usage(format!(
                "{name} is already a bundle: name the source of the services"
            )));
        }
        Ok(())
    }

    /// Adds to an error that a name was taken for a flake, as it may be a mistyped directory.
    pub fn explained(&self, error: anyhow::Error) -> anyhow::Error {
        match self.flake().filter(|name| !name.contains(['#', ':', '?'])) {
            Some(name) if !Path::new(name).exists() => error.context(taken_for_a_flake(name)),
            _ => error,
        }
    }
}

/// Everything but what to evaluate.
#[derive(Args, Clone, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct SourceOptions {
    /// Evaluate this Nix file instead of a flake
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Evaluate this Nix expression instead of a flake
    #[arg(long, value_name = "EXPR", conflicts_with = "file")]
    expr: Option<String>,
    /// Read the services from this JSON file (- for standard input) instead of evaluating; `confinix services` exports it
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["file", "expr", "impure", "override_input", "eval_store"]
    )]
    services: Option<PathBuf>,
    /// Read the graph from this JSON file (- for standard input) instead of asking the store: what
    /// `nix path-info --json --recursive` prints, or a bundle.json
    #[arg(long, value_name = "FILE", conflicts_with_all = ["store", "no_build"])]
    graph: Option<PathBuf>,
    /// Read services and graph from the structured attributes of a derivation (what nix/bundle.nix does in a build)
    #[arg(
        long,
        value_name = "FILE",
        hide_short_help = true,
        conflicts_with_all = [
            "file", "expr", "impure", "override_input", "services", "graph",
            "store", "eval_store", "no_build", "option"
        ]
    )]
    attrs: Option<PathBuf>,
    /// Read the services from this directory of units instead of evaluating: /etc/systemd/system, or a built system-units
    ///
    /// confinix merges units, templates, instances and drop-ins as systemd does. May be repeated; the first directory has the highest
    /// priority. With --all, selects every service that runs a program of the store.
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = [
            "file", "expr", "services", "attrs", "impure", "override_input", "eval_store"
        ]
    )]
    units: Vec<PathBuf>,
    /// Read the services of user managers (systemd.user.services) instead of those of the system
    #[arg(long, conflicts_with_all = ["services", "attrs"])]
    user: bool,
    /// Select this service, confined or not: a name or a glob, with or without .service; may be repeated
    #[arg(short, long = "select", value_name = "NAME")]
    select: Vec<String>,
    /// Select every service, as if all were confined
    #[arg(long, conflicts_with_all = ["select", "services", "attrs"])]
    pub all: bool,
    /// Add this to every service's closure, in addition to what the service sets itself; may be repeated
    #[arg(
        long,
        value_name = "WHAT",
        value_parser = offered::include(),
        conflicts_with_all = ["services", "attrs"]
    )]
    include: Vec<Include>,
    /// Give every service this preset in addition to its own (`confinix presets` lists them); may be repeated
    #[arg(
        long = "preset",
        value_name = "NAME",
        value_parser = offered::preset(),
        hide_possible_values = true,
        conflicts_with_all = ["services", "attrs"]
    )]
    presets: Vec<String>,
    /// Hide these files from every service (strategy image), in addition to those that it hides itself; may be repeated
    #[arg(long, value_name = "CLASS", value_parser = offered::hide_class())]
    hide: Vec<HideClass>,
    /// A confinix.toml with presets of your own ([presets.NAME]) and options of services of --units ([services.NAME]) [default:
    /// the audit's --policy; else confinix.toml in this directory or the nearest one above, with --units or if a preset is not
    /// defined in Nix]
    #[arg(long, value_name = "FILE", conflicts_with = "attrs")]
    preset_file: Option<PathBuf>,
    /// Fail if the store lacks a path, instead of building or substituting it
    #[arg(long)]
    no_build: bool,
    /// The store to build in and to query, in nix's syntax (ssh-ng://host, local?root=/mnt …)
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// The store to evaluate with, in nix's syntax
    #[arg(long, value_name = "URL")]
    eval_store: Option<String>,
    /// Allow the evaluation to read the environment (nix's --impure)
    #[arg(long)]
    impure: bool,
    /// Set an option of nix
    #[arg(long, num_args = 2, value_names = ["KEY", "VALUE"])]
    option: Vec<String>,
    /// Replace an input of the flake
    #[arg(long, num_args = 2, value_names = ["INPUT", "FLAKE"])]
    override_input: Vec<String>,
    #[command(flatten)]
    machine: MachineArgs,
    /// The configuration with the audit's policy, which may have presets too. It is already read: a pipe can't be read twice.
    #[arg(skip)]
    config: Option<Arc<Config>>,
    /// A shell to fetch with nix too, whatever the source of the services.
    #[arg(skip)]
    pub shell: Option<PathBuf>,
}

impl SourceOptions {
    /// Returns these options, with presets from this configuration unless they name a file.
    #[must_use]
    pub fn with_config(&self, config: Option<Arc<Config>>) -> Self {
        Self {
            config,
            ..self.clone()
        }
    }

    /// Whether these options name the source of the services, without a flake reference.
    pub fn are_enough(&self) -> bool {
        self.source(None).is_enough()
    }

    /// Whether the services are read from a file, without evaluation.
    pub fn are_recorded(&self) -> bool {
        self.source(None).is_recorded()
    }

    /// Makes the request for a bundle. `installable` is what to evaluate.
    pub fn request(&self, installable: Option<&str>) -> Result<Request> {
        self.request_for(Purpose::Bundle, installable)
    }

    fn request_for(&self, purpose: Purpose, installable: Option<&str>) -> Result<Request> {
        self.refuse_idle(purpose)?;
        self.refuse_two_from_standard_input()?;
        let selection =
            Selection::new(&self.select).map_err(|error| Usage(format!("{error:#}")))?;
        Ok(Request {
            source: self.source(installable),
            manager: self.user.into(),
            selection,
            all: self.all,
            include: self.include.clone(),
            presets: self.presets.clone(),
            hide: Hiding::of(&self.hide),
            configuration: match (&self.preset_file, &self.config) {
                (Some(file), _) => Configuration::File(file.clone()),
                (None, Some(config)) => Configuration::Read(config.clone()),
                (None, None) => Configuration::Nearest,
            },
            graph: self.graph.clone(),
            nix: nix::Options {
                store: self.store.clone(),
                eval_store: self.eval_store.clone(),
                settings: pairs(&self.option),
            },
            no_build: self.no_build,
            strategy: self.machine.strategy(),
            units: false,
            host: None,
            hosts: Hosts::default(),
            machine: self.machine.machine(),
        })
    }

    fn source(&self, installable: Option<&str>) -> Source {
        let place = || installable.map(str::to_owned);
        if let Some(file) = &self.attrs {
            Source::Attributes(file.clone())
        } else if let Some(file) = &self.services {
            Source::Recording(file.clone())
        } else if !self.units.is_empty() {
            Source::Units(self.units.clone())
        } else if let Some(file) = &self.file {
            Source::File {
                file: file.clone(),
                attribute: place(),
            }
        } else if let Some(expression) = &self.expr {
            Source::Expression {
                expression: expression.clone(),
                attribute: place(),
                impure: self.impure,
            }
        } else {
            Source::Flake {
                reference: place(),
                override_inputs: pairs(&self.override_input),
                impure: self.impure,
            }
        }
    }
}
