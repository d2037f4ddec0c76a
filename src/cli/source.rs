//! Where services and their graph come from: options that several subcommands share, and the way from there to a bundle.

mod given;

use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use super::Usage;
use super::target::TargetArgs;
use crate::bundle::{Planned, make};
use crate::nix::{self, Nix, Wanted};
use crate::progress::Progress;
use crate::service::{Include, Selection, Services, mentioned};
use crate::store::{Graph, GraphBuilder, LocalFiles, NoFiles, StoreDir, StoreFiles, read_graph};
use crate::unit::Units;

#[derive(Args, Default)]
pub struct SourceArgs {
    /// What to evaluate: a flake reference with attribute path, or with --file or --expr an attribute path
    ///
    /// It may be a NixOS system, a NixOS configuration, or a plain set `{ services.<name> = …; }` in the shape of
    /// systemd.services. A flake reference without attribute path means the only NixOS system in it. [default: .]
    #[arg(conflicts_with_all = ["services", "attrs", "units"])]
    installable: Option<String>,
    #[command(flatten)]
    options: SourceOptions,
}

impl SourceArgs {
    /// Arguments that evaluate a file, with a strategy that is the same on every machine.
    pub fn of_file(file: &Path) -> Self {
        Self {
            installable: None,
            options: SourceOptions {
                file: Some(file.to_owned()),
                target: TargetArgs::bind(),
                ..SourceOptions::default()
            },
        }
    }

    /// Arguments that read a recording, with a strategy that is the same on every machine.
    pub fn of_recording(services: &Path, graph: &Path) -> Self {
        Self {
            installable: None,
            options: SourceOptions {
                services: Some(services.to_owned()),
                graph: Some(graph.to_owned()),
                target: TargetArgs::bind(),
                ..SourceOptions::default()
            },
        }
    }

    /// The services alone.
    pub fn services(&self, progress: &Progress) -> Result<Services> {
        self.options.services(self.installable.as_deref(), progress)
    }

    /// All the way to a bundle that only has to be written.
    pub fn make(&self, progress: &Progress) -> Result<Planned> {
        self.options.make(self.installable.as_deref(), progress)
    }
}

/// Everything but what to evaluate.
#[derive(Args, Default)]
pub struct SourceOptions {
    /// Evaluate this Nix file instead of a flake
    #[arg(short, long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Evaluate this Nix expression instead of a flake
    #[arg(long, value_name = "EXPR", conflicts_with = "file")]
    expr: Option<String>,
    /// Read the services from this JSON file (- for standard input) instead of evaluating; `confinix services` writes one
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
    /// Units, templates, instances and drop-ins are merged as systemd does. May be given several times, the most important first.
    /// With --all, every service is taken that runs something of the store.
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = [
            "file", "expr", "services", "attrs", "impure", "override_input", "eval_store"
        ]
    )]
    units: Vec<PathBuf>,
    /// Take this service, confined or not: a name or a glob, with or without .service; may be given several times
    #[arg(short, long = "select", value_name = "NAME")]
    select: Vec<String>,
    /// Take every service, as if all were confined
    #[arg(long, conflicts_with_all = ["select", "services", "attrs"])]
    pub all: bool,
    /// What joins the closure of every service, besides what it asks for itself: path, path-without-systemd or environment; may
    /// be given several times
    #[arg(long, value_name = "WHAT", conflicts_with_all = ["services", "attrs"])]
    include: Vec<Include>,
    /// A preset that every service has, besides those it asks for itself (`confinix presets` lists them); may be given several
    /// times
    #[arg(long = "preset", value_name = "NAME", conflicts_with_all = ["services", "attrs"])]
    presets: Vec<String>,
    /// Fail where the store lacks something, instead of building or substituting it
    #[arg(long)]
    no_build: bool,
    /// The store to build in and to ask, as nix takes it (ssh-ng://host, local?root=/mnt …)
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// The store to evaluate with, as nix takes it
    #[arg(long, value_name = "URL")]
    eval_store: Option<String>,
    /// Let the evaluation see the environment
    #[arg(long)]
    impure: bool,
    /// Set an option of nix
    #[arg(long, num_args = 2, value_names = ["KEY", "VALUE"])]
    option: Vec<String>,
    /// Replace an input of the flake
    #[arg(long, num_args = 2, value_names = ["INPUT", "FLAKE"])]
    override_input: Vec<String>,
    #[command(flatten)]
    target: TargetArgs,
}

impl SourceOptions {
    /// Whether they say by themselves where the services come from, so that no flake reference is needed.
    pub fn are_enough(&self) -> bool {
        self.file.is_some()
            || self.expr.is_some()
            || self.services.is_some()
            || self.attrs.is_some()
            || !self.units.is_empty()
    }

    /// Whether the services are read from a file, so that nothing is evaluated.
    pub fn are_recorded(&self) -> bool {
        self.services.is_some() || self.attrs.is_some() || !self.units.is_empty()
    }

    /// The file that the services are written in, where there is one.
    pub fn file(&self) -> Option<&Path> {
        [&self.services, &self.attrs, &self.file]
            .into_iter()
            .flatten()
            .chain(&self.units)
            .next()
            .map(PathBuf::as_path)
    }

    /// The files of the store at `dir` that the services were made from, if they are on this machine.
    pub fn local_files(&self, dir: &StoreDir) -> Box<dyn StoreFiles> {
        if self.graph.is_some() {
            return Box::new(NoFiles);
        }
        nix::local_files(self.store.as_deref(), dir)
    }

    /// The services alone, with the units that packages ship read into them, so that they can be recorded.
    pub fn services(&self, installable: Option<&str>, progress: &Progress) -> Result<Services> {
        for (is_given, option) in [
            (self.graph.is_some(), "--graph"),
            (self.attrs.is_some(), "--attrs"),
        ] {
            if is_given {
                bail!(Usage(format!(
                    "the services are printed without their closures: leave {option} out"
                )));
            }
        }
        let nix = self.nix(progress);
        let mut services = self.take_services(installable, &nix)?;
        let files = nix::files(&nix, &services.store_dir);
        self.add_shipped_units(&nix, &mut services, &*files)?;
        Ok(services)
    }

    /// All the way to a bundle that only has to be written.
    pub fn make(&self, installable: Option<&str>, progress: &Progress) -> Result<Planned> {
        self.check_usage()?;
        let nix = self.nix(progress);
        let (services, graph, files) = if let Some(attrs) = &self.attrs {
            progress.step("reading attributes");
            let (mut services, graph) = read_file(attrs, nix::read_attrs)?;
            self.selection()?.apply(&mut services)?;
            refuse_none(&services)?;
            let files: Box<dyn StoreFiles> = Box::new(LocalFiles::new("/", &services.store_dir));
            nix::add_shipped_units(&mut services, &*files)?;
            (services, graph, files)
        } else {
            let mut services = self.take_services(installable, &nix)?;
            let files: Box<dyn StoreFiles> = match &self.graph {
                Some(_) => Box::new(NoFiles),
                None => nix::files(&nix, &services.store_dir),
            };
            self.add_shipped_units(&nix, &mut services, &*files)?;
            let graph = match &self.graph {
                Some(graph) => {
                    progress.step("reading the graph");
                    read_file(graph, |input| {
                        let mut builder = GraphBuilder::new();
                        read_graph(input, &mut builder)?;
                        builder.finish(&services.store_dir)
                    })?
                }
                None => self.ask_store(&nix, &services)?,
            };
            (services, graph, files)
        };
        progress.step(&format!(
            "closures of {} services in {} paths",
            services.services.len(),
            graph.len()
        ));
        // A recording or a build says nothing of the machine that the services are to run on; this machine's own store does.
        let is_of_host = self.attrs.is_none() && self.graph.is_none() && self.store.is_none();
        let host = is_of_host.then_some(&services.store_dir);
        make(&services, &graph, &*files, self.target.strategies(host)?)
    }

    fn check_usage(&self) -> Result<()> {
        let is_stdin = |path: &Option<PathBuf>| path.as_deref() == Some(Path::new("-"));
        if is_stdin(&self.services) && is_stdin(&self.graph) {
            bail!(Usage(
                "--services and --graph can't both be read from standard input: give one of them a file".into()
            ));
        }
        Ok(())
    }

    fn nix<'a>(&self, progress: &'a Progress) -> Nix<'a> {
        let options = nix::Options {
            store: self.store.clone(),
            eval_store: self.eval_store.clone(),
            settings: pairs(&self.option),
        };
        Nix::new(options, progress)
    }

    fn selection(&self) -> Result<Selection> {
        Selection::new(&self.select).map_err(|error| Usage(format!("{error:#}")).into())
    }

    fn take_services(&self, installable: Option<&str>, nix: &Nix) -> Result<Services> {
        let selection = self.selection()?;
        let services = if let Some(file) = &self.services {
            nix.progress().step("reading services");
            let mut services = read_file(file, Services::read)?;
            selection.apply(&mut services)?;
            services
        } else if !self.units.is_empty() {
            if selection.is_empty() && !self.all {
                bail!(Usage(
                    "units don't say which services to confine: take some with --select, or --all"
                        .into()
                ));
            }
            nix.progress().step("reading units");
            let units = Units {
                directories: self.units.clone(),
                include: self.include.clone(),
                presets: self.presets.clone(),
            };
            let services = units.services(&selection, &StoreDir::parse("/nix/store")?)?;
            selection.check(&services)?;
            services
        } else {
            let source = nix::Source {
                installable: installable.map(str::to_owned),
                file: self.file.clone(),
                expr: self.expr.clone(),
                impure: self.impure,
                override_inputs: pairs(&self.override_input),
                all: self.all,
                include: self.include.clone(),
                presets: self.presets.clone(),
            };
            nix.progress()
                .step(&format!("evaluating {}", source.describe()));
            let services = nix::evaluate(nix, &source, &selection)?;
            selection.check(&services)?;
            services
        };
        refuse_none(&services)?;
        Ok(services)
    }

    /// Units have to be in the store to be read.
    fn add_shipped_units(
        &self,
        nix: &Nix,
        services: &mut Services,
        files: &dyn StoreFiles,
    ) -> Result<()> {
        let mut packages = Wanted::default();
        for (name, service) in &services.services {
            if !service.has_commands() {
                for package in &service.unit_packages {
                    let path = services.store_dir.owner(&package.text).with_context(|| {
                        format!(
                            "{name}: {:?} in systemd.packages is no store path",
                            package.text
                        )
                    })?;
                    packages.add(path, name, package.installables());
                }
            }
        }
        if packages.is_empty() {
            return Ok(());
        }
        if self.graph.is_some() {
            bail!(
                "the units of some services are shipped by packages, which a recorded graph does not show: leave --graph out, or record the services with `confinix services`, which reads those units"
            );
        }
        nix::ensure_valid(nix, packages, &services.store_dir, self.no_build)?;
        nix::add_shipped_units(services, files)
    }

    /// The graph of all roots. The store is asked once; only where it lacks something is more to be done.
    fn ask_store(&self, nix: &Nix, services: &Services) -> Result<Graph> {
        let mut wanted = Wanted::default();
        for (name, service) in &services.services {
            let mentioned = mentioned(service, &services.store_dir)
                .with_context(|| format!("could not read the roots of {name}"))?;
            for (path, installables) in mentioned.installables {
                wanted.add(path, name, installables);
            }
        }
        let dir = &services.store_dir;
        let roots = wanted.paths();
        let ask = || {
            nix.progress()
                .step(&format!("asking the store what {} roots need", roots.len()));
            nix::graph(nix, &roots, dir)
        };
        match ask() {
            Ok(graph) => Ok(graph),
            // Most often a root is not valid yet.
            Err(error) => {
                if nix::ensure_valid(nix, wanted, dir, self.no_build)? {
                    ask()
                } else {
                    Err(error)
                }
            }
        }
    }
}

fn refuse_none(services: &Services) -> Result<()> {
    if services.services.is_empty() {
        bail!(
            "there is no service to confine: set systemd.services.<name>.confinement.enable, or take some with --select or --all"
        );
    }
    Ok(())
}

fn read_file<T>(path: &Path, read: impl FnOnce(Box<dyn Read>) -> Result<T>) -> Result<T> {
    if path == Path::new("-") {
        return read(Box::new(stdin())).context("could not read standard input");
    }
    let context = || format!("could not read {}", path.display());
    let file = File::open(path).with_context(context)?;
    read(Box::new(file)).with_context(context)
}

fn pairs(flat: &[String]) -> Vec<(String, String)> {
    flat.chunks_exact(2)
        .map(|pair| (pair[0].clone(), pair[1].clone()))
        .collect()
}
