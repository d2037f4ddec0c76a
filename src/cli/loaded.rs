//! Loads the targets of subcommands that read a bundle: a bundle's directory, or anything that a bundle can be made from.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Usage;
use super::fleet::FleetArgs;
use super::meant::{meant_target, refuse_none};
use super::source::SourceOptions;
use crate::bundle::{BUNDLE_FILE, Bundle, read_sealed};
use crate::progress::Progress;
use crate::service::{HostGlob, ServiceGlob, UnitName};
use crate::source::{Fleet, Loaded, Request, System, Whole, is_bundle_at, is_fleet_at};
use crate::text::{closest, listed, shell_word};

/// Loads a target. `options` apply if a bundle has to be made.
pub fn load(target: Option<&str>, options: &SourceOptions, progress: &Progress) -> Result<Loaded> {
    refuse_idle(&[target], &options.without_selection())?;
    load_taken(target, options, progress)
}

/// Loads the hosts of several targets. Those that failed are already printed.
pub fn load_fleet(
    targets: &[Option<&str>],
    options: &SourceOptions,
    fleet: &FleetArgs,
    progress: &Progress,
) -> Result<Fleet> {
    let request = fleet_request(targets, options, fleet)?;
    told(request.load_all(targets, progress)?, progress)
}

/// Loads the hosts of two targets to compare.
pub fn load_sides(
    targets: [Option<&str>; 2],
    options: &SourceOptions,
    fleet: &FleetArgs,
    progress: &Progress,
) -> Result<(Fleet, Fleet)> {
    let request = fleet_request(&targets, options, fleet)?;
    let load = |target| told(request.load_all(&[target], progress)?, progress);
    let [old, new] = targets;
    // Evaluations wait for threads of their own, which a thread of rayon must not do.
    if targets.iter().all(|target| target.is_some_and(is_made)) {
        let (old, new) = rayon::join(|| load(old), || load(new));
        return Ok((old?, new?));
    }
    Ok((load(old)?, load(new)?))
}

/// Makes the request for the hosts of several targets.
pub fn fleet_request(
    targets: &[Option<&str>],
    options: &SourceOptions,
    fleet: &FleetArgs,
) -> Result<Request> {
    refuse_idle(targets, &options.without_selection())?;
    let mut given = targets.iter();
    let are_made = given.all(|target| target.is_some_and(is_made));
    fleet.refuse_idle(are_made || options.are_recorded())?;
    for target in targets {
        refuse_target(*target, options)?;
    }
    refuse_services(targets)?;
    Ok(Request {
        hosts: fleet.hosts()?,
        ..options.request(None)?
    })
}

/// Prints which hosts failed. Fails if all of them did.
pub fn told(fleet: Fleet, progress: &Progress) -> Result<Fleet> {
    progress.done();
    FleetArgs::tell(&fleet.failed, progress);
    FleetArgs::refuse_none(&fleet.hosts, &fleet.failed)?;
    Ok(fleet)
}

/// Whether a target is a bundle, or a directory of bundles.
fn is_made(target: &str) -> bool {
    is_bundle_at(target) || is_fleet_at(target)
}

/// Like [`load`], but without a check for options that have no effect.
pub fn load_taken(
    target: Option<&str>,
    options: &SourceOptions,
    progress: &Progress,
) -> Result<Loaded> {
    refuse_target(target, options)?;
    options.request(None)?.load(target, progress)
}

/// Like [`load`], but also verifies the files of a bundle.
pub fn load_verified(
    target: Option<&str>,
    options: &SourceOptions,
    progress: &Progress,
) -> Result<Loaded> {
    refuse_idle(&[target], options)?;
    refuse_target(target, options)?;
    options.request(None)?.load_verified(target, progress)
}

/// Loads a bundle with the services that it is made of, and the request that makes it again. Of an existing bundle, the selected services
/// are taken. Verifies the files of a bundle.
pub fn load_whole(
    target: Option<&str>,
    options: &SourceOptions,
    progress: &Progress,
) -> Result<(Request, Whole)> {
    load_unless_idle(target, options, &options.without_selection(), progress)
}

/// The same, but an existing bundle is taken whole.
pub fn load_whole_bundle(
    target: Option<&str>,
    options: &SourceOptions,
    progress: &Progress,
) -> Result<(Request, Whole)> {
    load_unless_idle(target, options, options, progress)
}

/// Refuses those options among `of_making` that have no effect on a bundle.
fn load_unless_idle(
    target: Option<&str>,
    options: &SourceOptions,
    of_making: &SourceOptions,
    progress: &Progress,
) -> Result<(Request, Whole)> {
    let system = target.and_then(|target| System::at(Path::new(target)));
    let bundle = system.map(|system| system.bundle.to_string_lossy().into_owned());
    refuse_idle(&[bundle.as_deref().or(target)], of_making)?;
    refuse_target(target, options)?;
    let request = Request {
        units: true,
        ..options.request(None)?
    };
    let whole = request.whole(target, progress)?;
    Ok((request, whole))
}

/// Refuses options that have no effect because all targets are bundles.
pub fn refuse_idle(targets: &[Option<&str>], options: &SourceOptions) -> Result<()> {
    let mut given = targets.iter();
    let are_bundles = given.all(|target| target.is_some_and(is_made));
    let Some(option) = options.of_making().filter(|_| are_bundles) else {
        return Ok(());
    };
    let names: Vec<_> = targets.iter().flatten().copied().collect();
    bail!(Usage(format!(
        "{option} has no effect on the existing bundle{} {}: drop one of the two",
        if names.len() == 1 { "" } else { "s" },
        names.join(" and "),
    )))
}

/// Refuses the name of a service after a bundle that has it: it would be taken for a flake.
fn refuse_services(targets: &[Option<&str>]) -> Result<()> {
    let given = || targets.iter().flatten().copied();
    let is_name = |target: &&str| {
        !Path::new(target).exists() && service_name(target).is_ok_and(|name| !name.is_template())
    };
    let (Some(name), Some(target)) = (given().find(is_name), given().find(|at| is_bundle_at(at)))
    else {
        return Ok(());
    };
    let unit = service_name(name)?;
    if read_sealed(Path::new(target))?.services.contains_key(&unit) {
        bail!(Usage(format!(
            "{name} is a service of {target}, not another target: select it with -s {}",
            shell_word(name)
        )));
    }
    Ok(())
}

/// Refuses a target that is a file, as there is an option for files.
pub fn refuse_target(target: Option<&str>, options: &SourceOptions) -> Result<()> {
    let Some(name) = target else {
        return refuse_none(options.are_enough());
    };
    if is_bundle_at(name) {
        return Ok(());
    }
    let file = Path::new(name);
    if file.is_file() && !options.are_recorded() {
        bail!(Usage(format!(
            "{name} is a file: {}",
            what_a_file_is_for(file)
        )));
    }
    // With the other options, it is an attribute path.
    if !options.are_enough()
        && let Some(meant) = meant_target(name)
    {
        bail!(Usage(meant));
    }
    Ok(())
}

/// Suggests how to name a file that was given as a target.
fn what_a_file_is_for(file: &Path) -> String {
    let name = shell_word(&file.to_string_lossy());
    if file.file_name().is_some_and(|name| name == BUNDLE_FILE) {
        return "name the directory that it is in".to_owned();
    }
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => {
            format!("name a bundle's directory, or read services with --services {name}")
        }
        _ => format!("name a bundle's directory, or evaluate it with --file {name}"),
    }
}

/// Parses the name of a service, with or without `.service`.
pub fn service_name(name: &str) -> Result<UnitName> {
    let full = if name.ends_with(".service") {
        name.to_owned()
    } else {
        format!("{name}.service")
    };
    UnitName::parse(&full).context("cannot look for the service")
}

/// A service of a fleet that the command line names: `service` on every host, or `host:service`. Both may be globs.
pub struct Wanted {
    host: Option<HostGlob>,
    service: ServiceGlob,
}

impl Wanted {
    /// Parses what the command line names.
    pub fn parse(text: &str) -> Result<Self> {
        let (host, service) = match text.split_once(':') {
            Some((host, service)) => (Some(HostGlob::parse(host)), service),
            None => (None, text),
        };
        let wrong = |error: anyhow::Error| Usage(format!("{error:#}"));
        Ok(Self {
            host: host.transpose().map_err(wrong)?,
            service: ServiceGlob::parse(service).map_err(wrong)?,
        })
    }

    /// Returns the name of the service, if it is no glob: only that one has to be evaluated.
    pub fn name(&self) -> Option<UnitName> {
        service_name(self.service.as_str()).ok()
    }

    /// Returns the services of hosts that it means, each with the bundle of its host.
    pub fn of<'f>(&self, hosts: &'f [Loaded]) -> Vec<(&'f Loaded, &'f UnitName)> {
        let is_meant = |loaded: &&Loaded| match (&self.host, &loaded.host) {
            (Some(glob), Some(host)) => glob.matches(host.as_str()),
            (Some(_), None) => false,
            (None, _) => true,
        };
        let hosts = hosts.iter().filter(is_meant);
        let services = hosts.flat_map(|loaded| {
            let names = loaded.bundle.services.keys();
            names.map(move |name| (loaded, name))
        });
        services
            .filter(|(_, name)| self.service.matches(name))
            .collect()
    }
}

/// Finds the service `name`, with or without `.service`; of an instance, its template if the bundle has only that. `called` is the name
/// of the bundle in messages.
pub fn find_service(bundle: &Bundle, called: &str, name: &str) -> Result<UnitName> {
    let unit = service_name(name)?;
    if !bundle.services.contains_key(&unit) {
        let template = unit.template();
        if let Some(template) = template.filter(|name| bundle.services.contains_key(name)) {
            return Ok(template);
        }
        let names: Vec<_> = bundle.services.keys().map(UnitName::stem).collect();
        let has = match closest(unit.stem(), names.iter().copied()) {
            Some(meant) => format!("did you mean {meant}? It has"),
            None => "it has".to_owned(),
        };
        bail!("{called} has no {unit}; {has} {}", listed(&names));
    }
    Ok(unit)
}
