//! The way from the options to services, and on to a bundle.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::super::Usage;
use super::super::policy::find_policy;
use super::SourceOptions;
use super::given::Purpose;
use crate::bundle::{self, Planned, is_bundle, make, read_json_of_bundle};
use crate::config::read_config;
use crate::confine::preset_names;
use crate::document::{Kind, json_text, open_given, stdin};
use crate::nix::{self, Nix, Wanted};
use crate::progress::Progress;
use crate::service::{Selection, Services, mentioned};
use crate::store::{
    Graph, GraphBuilder, LocalFiles, NoFiles, StoreDir, StoreFiles, StorePath, read_graph,
};
use crate::systemd::{Units, add_shipped_units};

impl SourceOptions {
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
        self.refuse_idle(Purpose::Services)?;
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
            let (mut services, graph) = read_file(attrs, Kind::Attributes, ATTRS, nix::read_attrs)?;
            self.selection()?.apply(&mut services)?;
            refuse_none(&services)?;
            let files: Box<dyn StoreFiles> = Box::new(LocalFiles::new("/", &services.store_dir));
            merge_shipped_units(&nix, &mut services, &*files)?;
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
                    read_file(graph, Kind::Graph, GRAPH, |input| {
                        let json = json_text(input)?;
                        if is_bundle(&json) {
                            return bundle::graph(&read_json_of_bundle(&json)?);
                        }
                        let mut builder = GraphBuilder::new();
                        read_graph(&json[..], &mut builder)?;
                        builder.finish(&services.store_dir)
                    })?
                }
                None => self.ask_store(&nix, &services, &*files)?,
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

    /// A path that the store has, with its closure.
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

    fn check_usage(&self) -> Result<()> {
        self.refuse_idle(Purpose::Bundle)?;
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
        let mut services = if let Some(file) = &self.services {
            nix.progress().step("reading services");
            let mut services = read_file(file, Kind::Services, SERVICES, Services::read)?;
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
            let dir = StoreDir::parse("/nix/store")?;
            let (services, warnings) = units.services(&selection, &dir)?;
            for warning in warnings {
                nix.progress().warn(&format!("warning: {warning}"));
            }
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
        self.define_presets(&mut services)?;
        // A recorded graph goes without a store; the services that were recorded with it know.
        if self.graph.is_none() {
            services.learn_outputs(|derivation| nix::outputs(nix, derivation))?;
        }
        Ok(services)
    }

    /// Only what is neither confinix' own nor defined in Nix makes a policy file be looked for.
    fn define_presets(&self, services: &mut Services) -> Result<()> {
        let own = preset_names();
        let unknown = |services: &Services| {
            let names = services.undefined_presets().into_iter();
            let unknown: Vec<_> = names.filter(|name| !own.contains(name)).collect();
            unknown.first().map(|name| (*name).to_owned())
        };
        let read = |file: PathBuf| read_config(&file).map(Arc::new);
        let config = match (&self.preset_file, &self.config) {
            (Some(file), _) => Some(read(file.clone())?),
            (None, Some(config)) => Some(config.clone()),
            (None, None) if unknown(services).is_some() => find_policy()?.map(read).transpose()?,
            (None, None) => None,
        };
        let file = config
            .as_ref()
            .and_then(|config| config.policy.file.clone());
        let none = BTreeMap::new();
        let defined = config.as_ref().map_or(&none, |config| &config.presets);
        if let Some(file) = &file {
            services
                .define_presets(defined)
                .with_context(|| format!("could not use the presets of {file}"))?;
        }
        let Some(name) = unknown(services) else {
            return Ok(());
        };
        let in_file = match &file {
            Some(file) if !defined.is_empty() => {
                let names: Vec<_> = defined.keys().map(String::as_str).collect();
                format!("{} in {file}", names.join(", "))
            }
            Some(file) => format!("none in {file}"),
            None => "those of a confinix.toml ([presets.NAME]), which is not here".to_owned(),
        };
        bail!(
            "there is no preset {name:?}: there are {}, {in_file}, and those defined in Nix (security.confinix.presets)",
            own.join(", ")
        )
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
            let upstream = service
                .placement
                .iter()
                .flat_map(|placement| &placement.upstream);
            for package in service.unit_packages.iter().chain(upstream) {
                let path = services.store_dir.owner(&package.text).with_context(|| {
                    format!(
                        "{name}: {:?} in systemd.packages is no store path",
                        package.text
                    )
                })?;
                packages.add(path, name, package.installables());
            }
        }
        if packages.is_empty() {
            return merge_shipped_units(nix, services, files);
        }
        if self.graph.is_some() {
            bail!(
                "the units of some services are shipped by packages, which a recorded graph does not show: leave --graph out, or record the services with `confinix services`, which reads those units"
            );
        }
        nix::ensure_valid(nix, packages, &services.store_dir, self.no_build).context(
            "the units of services may be among those that packages ship (systemd.packages)",
        )?;
        merge_shipped_units(nix, services, files)
    }

    /// The graph of all roots. The store is asked once; only where it lacks something is more to be done.
    fn ask_store(&self, nix: &Nix, services: &Services, files: &dyn StoreFiles) -> Result<Graph> {
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
            nix::graph(nix, &roots, dir, files)
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

fn merge_shipped_units(nix: &Nix, services: &mut Services, files: &dyn StoreFiles) -> Result<()> {
    for warning in add_shipped_units(services, files)? {
        nix.progress().warn(&warning);
    }
    Ok(())
}

fn refuse_none(services: &Services) -> Result<()> {
    if services.services.is_empty() {
        bail!(
            "there is no service to confine: set systemd.services.<name>.confinement.enable, or take some with --select or --all"
        );
    }
    Ok(())
}

/// What makes each file that is read.
const SERVICES: &str = "`confinix services` prints one";
const GRAPH: &str = "`nix path-info --json --recursive` prints one";
const ATTRS: &str = "nix/bundle.nix makes one";

fn read_file<T>(
    path: &Path,
    kind: Kind,
    remedy: &str,
    read: impl FnOnce(Box<dyn Read + Send>) -> Result<T>,
) -> Result<T> {
    if path == Path::new("-") {
        return read(stdin(kind))
            .with_context(|| format!("could not read standard input ({remedy})"));
    }
    let context = || format!("could not read {} ({remedy})", path.display());
    read(open_given(path, kind).with_context(context)?).with_context(context)
}

fn pairs(flat: &[String]) -> Vec<(String, String)> {
    flat.chunks_exact(2)
        .map(|pair| (pair[0].clone(), pair[1].clone()))
        .collect()
}
