//! A request, and the way from it to a bundle.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Configuration, Hiding};
use crate::bundle::{Planned, make};
use crate::confine::Machine;
use crate::nix::{self, Nix};
use crate::progress::Progress;
use crate::service::{
    Choice, ClosureRoots, HostGlob, HostName, Include, Manager, Selection, Services,
};
use crate::store::{Graph, NoFiles, StoreDir, StoreFiles, StorePath};
use crate::text::count;

/// A request: services, options of their confinement, and where everything comes from.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Where the services come from.
    pub source: Source,
    /// The manager of the services. A recording tells it itself.
    pub manager: Manager,
    /// The services to select, confined or not; if empty, those that are confined.
    pub selection: Selection,
    /// Whether to select every service, as if all were confined.
    pub all: bool,
    /// What to add to every closure, besides the service's own settings.
    pub include: Vec<Include>,
    /// The presets of every service, besides its own.
    pub presets: Vec<String>,
    /// What the views of all services leave out, besides what the services set themselves.
    pub hide: Hiding,
    /// The file that defines presets and the options of services read from units.
    pub configuration: Configuration,
    /// The file with the graph (`-`: standard input); `None` to query the store.
    pub graph: Option<PathBuf>,
    /// The options of nix.
    pub nix: nix::Options,
    /// Whether a path that the store lacks is an error, instead of being built or substituted.
    pub no_build: bool,
    /// The strategy of services that don't set one.
    pub strategy: Choice,
    /// Whether the unit files of a plain set are wanted too.
    pub units: bool,
    /// The host, if the source is a set of hosts.
    pub host: Option<HostName>,
    /// The hosts of a fleet.
    pub hosts: Hosts,
    /// What is known about the target machine. The rest is read from this machine, if its store is used.
    pub machine: Machine,
}

/// Which hosts of a fleet are selected, and how they are evaluated.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// Globs over their names; if there are any, the source is a set of hosts. All of them if it is empty.
    pub globs: Vec<HostGlob>,
    /// How many are evaluated at once; `None` for as many as the machine has processors and memory for.
    pub workers: Option<usize>,
    /// The memory that evaluators may use together, in bytes; `None` for 75 % of what is available.
    pub memory: Option<u64>,
}

/// Where services come from.
#[derive(Clone, Debug)]
pub enum Source {
    /// A flake.
    Flake {
        /// Flake reference and attribute path; `None`: the flake in the working directory.
        reference: Option<String>,
        /// Inputs to replace, each with its replacement.
        override_inputs: Vec<(String, String)>,
        /// Whether the evaluation may read the environment.
        impure: bool,
    },
    /// A Nix file.
    File {
        /// The file.
        file: PathBuf,
        /// The attribute path in it; `None`: all of it.
        attribute: Option<String>,
    },
    /// A Nix expression.
    Expression {
        /// The expression.
        expression: String,
        /// The attribute path in it; `None`: all of it.
        attribute: Option<String>,
        /// Whether the evaluation may read the environment.
        impure: bool,
    },
    /// A services value in JSON (`-`: standard input).
    Recording(PathBuf),
    /// The structured attributes of a derivation, with services and graph (`nix/bundle.nix`).
    Attributes(PathBuf),
    /// Directories of units, the most important first.
    Units(Vec<PathBuf>),
}

impl Default for Source {
    fn default() -> Self {
        Self::Flake {
            reference: None,
            override_inputs: Vec::new(),
            impure: false,
        }
    }
}

impl Source {
    /// This source, at a flake reference or an attribute path, which only evaluated sources have.
    #[must_use]
    pub(super) fn at(mut self, place: &str) -> Self {
        match &mut self {
            Self::Flake { reference, .. } => *reference = Some(place.to_owned()),
            Self::File { attribute, .. } | Self::Expression { attribute, .. } => {
                *attribute = Some(place.to_owned());
            }
            Self::Recording(_) | Self::Attributes(_) | Self::Units(_) => {}
        }
        self
    }

    /// Whether the source is complete without a flake reference.
    pub fn is_enough(&self) -> bool {
        !matches!(self, Self::Flake { .. })
    }

    /// Whether the services are read from files, without evaluation.
    pub fn is_recorded(&self) -> bool {
        matches!(
            self,
            Self::Recording(_) | Self::Attributes(_) | Self::Units(_)
        )
    }

    /// The file or directory of the services, if there is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::File { file, .. } | Self::Recording(file) | Self::Attributes(file) => Some(file),
            Self::Units(directories) => directories.first().map(PathBuf::as_path),
            Self::Flake { .. } | Self::Expression { .. } => None,
        }
    }
}

/// An incomplete request: a mistake of its caller.
#[derive(Debug)]
pub struct Unclear(pub(super) String);

impl fmt::Display for Unclear {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unclear {}

/// What a source contains.
pub(super) struct Read<'a> {
    /// The services, including the units that packages ship.
    pub services: Services,
    /// The graph, if the source has one.
    pub graph: Option<Graph>,
    /// The files of the store.
    pub files: Box<dyn StoreFiles + 'a>,
}

impl Request {
    /// Only the services, including the units that packages ship, ready to be recorded.
    pub fn services(&self, progress: &Progress) -> Result<Services> {
        Ok(self.read(&self.nix(progress))?.services)
    }

    /// Makes a bundle that only has to be written.
    pub fn make(&self, progress: &Progress) -> Result<Planned> {
        Ok(self.made_with_services(progress)?.1)
    }

    /// Makes a bundle, with the services that it is made of.
    pub(super) fn made_with_services(&self, progress: &Progress) -> Result<(Services, Planned)> {
        let nix = self.nix(progress);
        let Read {
            services,
            graph,
            files,
        } = self.read(&nix)?;
        let planned = self.make_of(&services, graph, &*files, &nix)?;
        Ok((services, planned))
    }

    /// Makes a bundle of services whose store paths the graph has; `None`: the request's graph, or that of the store.
    pub(super) fn make_of(
        &self,
        services: &Services,
        graph: Option<Graph>,
        files: &dyn StoreFiles,
        nix: &Nix,
    ) -> Result<Planned> {
        let roots = ClosureRoots::of_all(services)?;
        let graph = match graph {
            Some(graph) => graph,
            None => self.graph(nix, &services.store_dir, &roots, files)?,
        };
        nix.progress().step(&closures_of(services, &graph));
        self.make_with(services, &roots, &graph, files)
    }

    /// Makes a bundle of services with these closure roots, which the graph has.
    pub(super) fn make_with(
        &self,
        services: &Services,
        roots: &ClosureRoots,
        graph: &Graph,
        files: &dyn StoreFiles,
    ) -> Result<Planned> {
        // A recording or a build tells nothing about the target machine; this machine's own store does.
        let is_of_host = !matches!(self.source, Source::Attributes(_))
            && self.graph.is_none()
            && self.nix.store.is_none();
        let host = is_of_host.then_some(&services.store_dir);
        make(services, roots, graph, files, self.strategies(host)?)
    }

    /// The closure of a path in the store.
    pub fn closure(
        &self,
        path: &StorePath,
        dir: &StoreDir,
        progress: &Progress,
    ) -> Result<BTreeSet<StorePath>> {
        let roots = BTreeSet::from([path.clone()]);
        let graph = nix::graph(&self.nix(progress), &roots, dir, &NoFiles)?;
        Ok((0..)
            .take(graph.len())
            .map(|node| graph.path(node).clone())
            .collect())
    }

    /// Fails if a file is not a Nix expression.
    pub fn parse_nix(&self, file: &Path, progress: &Progress) -> Result<()> {
        nix::parse(&self.nix(progress), file)
    }

    fn read<'a>(&self, nix: &'a Nix<'a>) -> Result<Read<'a>> {
        if let Source::Attributes(file) = &self.source {
            let mut read = self.attributes(file, nix)?;
            self.hide.add_to(&mut read.services);
            return Ok(read);
        }
        let mut services = self.taken(nix)?;
        let files = self.with_shipped_units(&mut services, nix)?;
        Ok(Read {
            services,
            graph: None,
            files,
        })
    }

    /// Adds to the selected services what the request hides and the units that packages ship. Returns the files of the store.
    pub(super) fn with_shipped_units<'a>(
        &self,
        services: &mut Services,
        nix: &'a Nix<'a>,
    ) -> Result<Box<dyn StoreFiles + 'a>> {
        self.hide.add_to(services);
        let files: Box<dyn StoreFiles> = match &self.graph {
            Some(_) => Box::new(NoFiles),
            None => nix::files(nix, &services.store_dir),
        };
        self.add_shipped_units(nix, services, &*files)?;
        Ok(files)
    }

    pub(super) fn nix<'a>(&self, progress: &'a Progress) -> Nix<'a> {
        Nix::new(self.nix.clone(), progress)
    }
}

/// What is made now, in words.
pub(super) fn closures_of(services: &Services, graph: &Graph) -> String {
    format!(
        "closures of {} in {}",
        count(services.services.len(), "service"),
        count(graph.len(), "store path")
    )
}
