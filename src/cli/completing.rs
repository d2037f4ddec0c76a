//! What completions offer because of the rest of the command line: services and packages of the bundles on it, targets, own presets.
//!
//! A shell that completes calls confinix with the words of the line ([`answer`]). Nothing is evaluated then.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, Command, CommandFactory};
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::CompleteEnv;

use super::Cli;
use crate::bundle::{Bundle, read_sealed};
use crate::config::nearest_config;
use crate::confine::preset_names;
use crate::source::is_bundle_at;
use crate::store::Package;
use crate::text::is_unsafe;

/// The variable with which shells ask for completions.
pub const VARIABLE: &str = "CONFINIX_COMPLETE";

/// Where `confinix bundle` writes unless told otherwise.
const DEFAULT_BUNDLE: &str = "confinix-bundle";

/// Answers a shell that asks for completions, and ends the process; else does nothing.
pub fn answer() {
    CompleteEnv::with_factory(command).var(VARIABLE).complete();
}

/// The command line, with what its arguments can be.
fn command() -> Command {
    Cli::command().mut_subcommands(|command| command.mut_args(completed))
}

/// An argument with what it can be, by what its help calls it.
fn completed(arg: Arg) -> Arg {
    let names = arg.get_value_names().unwrap_or_default();
    let name = names.first().map(|name| name.as_str().to_owned());
    let id = arg.get_id().to_string();
    match (id.as_str(), name.as_deref()) {
        ("select", _) => arg.add(ArgValueCandidates::new(services)),
        ("presets", _) => arg.add(ArgValueCandidates::new(presets)),
        ("installable", _) | (_, Some("TARGET" | "OLD" | "NEW" | "BUNDLE")) => {
            arg.add(ArgValueCompleter::new(targets))
        }
        (_, Some("SERVICE")) => arg.add(ArgValueCandidates::new(services_of_hosts)),
        (_, Some("PATTERN")) => arg.add(ArgValueCandidates::new(packages)),
        (_, Some("FILE" | "DIR")) => arg.add(ArgValueCompleter::new(PathCompleter::any())),
        _ => arg,
    }
}

/// Directories, and the systems of the flake in this one.
fn targets(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut candidates = PathCompleter::dir().complete(current);
    let systems = ".#nixosConfigurations";
    let is_begun = current
        .to_str()
        .is_some_and(|current| systems.starts_with(current));
    if is_begun && Path::new("flake.nix").exists() {
        candidates.push(CompletionCandidate::new(systems));
    }
    candidates
}

/// The services of the bundles on the line.
fn services() -> Vec<CompletionCandidate> {
    let bundles = bundles();
    let names = bundles.iter().flat_map(|(_, bundle)| {
        let names = bundle.services.keys().chain(bundle.unconfined.keys());
        names.map(|name| name.stem().to_owned())
    });
    candidates(names.collect())
}

/// The same, but those of several hosts with their host.
fn services_of_hosts() -> Vec<CompletionCandidate> {
    let bundles = bundles();
    let names = bundles.iter().flat_map(|(host, bundle)| {
        bundle.services.keys().map(move |name| match host {
            Some(host) => format!("{host}:{}", name.stem()),
            None => name.stem().to_owned(),
        })
    });
    candidates(names.collect())
}

/// The packages that services of the bundles on the line see.
fn packages() -> Vec<CompletionCandidate> {
    let bundles = bundles();
    let paths = bundles.iter().flat_map(|(_, bundle)| bundle.paths.keys());
    candidates(
        paths
            .map(|path| Package::parse(path.name()).name.to_owned())
            .collect(),
    )
}

/// The presets of confinix, and those of the nearest confinix.toml.
fn presets() -> Vec<CompletionCandidate> {
    let own = nearest_config().ok().flatten().unwrap_or_default().presets;
    let own = own.into_keys();
    candidates(
        preset_names()
            .into_iter()
            .map(str::to_owned)
            .chain(own)
            .collect(),
    )
}

/// Candidates of these names. A name that could control a terminal is left out.
fn candidates(names: BTreeSet<String>) -> Vec<CompletionCandidate> {
    let names = names.into_iter().filter(|name| !name.contains(is_unsafe));
    names.map(CompletionCandidate::new).collect()
}

/// The bundles among the words of the line, those of several hosts with their host. Without one, that which `confinix bundle` has written
/// to this directory. One that can't be read offers nothing.
fn bundles() -> Vec<(Option<String>, Bundle)> {
    let words = env::args_os().skip_while(|word| word != "--").skip(2);
    let named: Vec<_> = words
        .filter_map(|word| word.into_string().ok())
        .flat_map(|word| found_at(&word))
        .collect();
    let found = if named.is_empty() {
        found_at(DEFAULT_BUNDLE)
    } else {
        named
    };
    let read = found
        .into_iter()
        .map(|(host, at)| Some((host, read_sealed(&at).ok()?)));
    read.flatten().collect()
}

/// The bundle at a place, or those of hosts in it.
fn found_at(place: &str) -> Vec<(Option<String>, PathBuf)> {
    if is_bundle_at(place) {
        return vec![(None, PathBuf::from(place))];
    }
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    let bundles = entries.filter_map(|entry| {
        let path = entry.path();
        let name = entry.file_name().into_string().ok()?;
        is_bundle_at(path.to_str()?).then_some((Some(name), path))
    });
    bundles.collect()
}
