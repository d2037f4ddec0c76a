//! What completions offer because of the rest of the command line: services and packages of the bundles on it, targets, own presets.
//!
//! A shell that completes calls confinix with the words of the line ([`answer`]). Nothing is evaluated then.

mod bash;

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, CommandFactory};
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::{CompleteEnv, Elvish, Fish, Powershell, Shells, Zsh};

use self::bash::Bash;
use super::Cli;
use crate::bundle::{Bundle, read_sealed};
use crate::config::nearest_config;
use crate::confine::preset_names;
use crate::source::is_bundle_at;
use crate::store::Package;
use crate::text::{is_unsafe, shell_word};

/// The variable with which shells ask for completions.
pub const VARIABLE: &str = "CONFINIX_COMPLETE";

/// The shells that can complete.
pub const SHELLS: Shells<'static> = Shells(&[&Bash, &Elvish, &Fish, &Powershell, &Zsh]);

/// Those that quote what they insert. In the others, a name could become a command.
const QUOTING: [&str; 3] = ["elvish", "fish", "zsh"];

/// The systems of a flake, as a target.
const SYSTEMS: &str = ".#nixosConfigurations";

/// Where `confinix bundle` writes unless told otherwise.
const DEFAULT_BUNDLE: &str = "confinix-bundle";

/// Answers a shell that asks for completions, and ends the process; else does nothing.
pub fn answer() {
    let shell = env::var(VARIABLE).unwrap_or_default();
    let offer = Offer {
        is_quoted: QUOTING.contains(&shell.as_str()),
    };
    CompleteEnv::with_factory(|| {
        Cli::command().mut_subcommands(|it| it.mut_args(|arg| offer.of(arg)))
    })
    .var(VARIABLE)
    .shells(SHELLS)
    .complete();
}

/// What arguments can be, for a shell.
#[derive(Clone, Copy)]
struct Offer {
    /// Whether the shell quotes what it inserts.
    is_quoted: bool,
}

impl Offer {
    /// An argument with what it can be, by what its help calls it.
    fn of(self, arg: Arg) -> Arg {
        let names = arg.get_value_names().unwrap_or_default();
        let name = names.first().map(|name| name.as_str().to_owned());
        let id = arg.get_id().to_string();
        match (id.as_str(), name.as_deref()) {
            ("select", _) => self.names(arg, services),
            ("presets", _) => self.names(arg, presets),
            ("installable", _) | (_, Some("TARGET" | "OLD" | "NEW" | "BUNDLE")) => {
                self.places(arg, targets)
            }
            (_, Some("SERVICE")) => self.names(arg, services_of_hosts),
            (_, Some("PATTERN")) => self.names(arg, packages),
            (_, Some("FILE" | "DIR")) => {
                self.places(arg, |current| PathCompleter::any().complete(current))
            }
            _ => arg,
        }
    }

    fn names(self, arg: Arg, names: fn() -> BTreeSet<String>) -> Arg {
        arg.add(ArgValueCandidates::new(move || {
            let names = names().into_iter().map(CompletionCandidate::new);
            names.filter(|name| self.is_safe(name)).collect()
        }))
    }

    fn places(self, arg: Arg, places: fn(&OsStr) -> Vec<CompletionCandidate>) -> Arg {
        arg.add(ArgValueCompleter::new(move |current: &OsStr| {
            let places = places(current).into_iter();
            places.filter(|place| self.is_safe(place)).collect()
        }))
    }

    /// Whether a name neither controls the terminal nor acts in a shell that does not quote it.
    fn is_safe(self, candidate: &CompletionCandidate) -> bool {
        // In a word of a shell, `#` is like any other character, except at the beginning.
        let is_plain = |name: &str| shell_word(name) == name || name == SYSTEMS;
        let name = candidate.get_value().to_str();
        name.is_some_and(|name| !name.contains(is_unsafe) && (self.is_quoted || is_plain(name)))
    }
}

/// Directories, and the systems of the flake in this one.
fn targets(current: &OsStr) -> Vec<CompletionCandidate> {
    let mut candidates = PathCompleter::dir().complete(current);
    let is_begun = current
        .to_str()
        .is_some_and(|current| SYSTEMS.starts_with(current));
    if is_begun && Path::new("flake.nix").exists() {
        candidates.push(CompletionCandidate::new(SYSTEMS));
    }
    candidates
}

/// The services of the bundles on the line.
fn services() -> BTreeSet<String> {
    let bundles = bundles();
    let names = bundles.iter().flat_map(|(_, bundle)| {
        let names = bundle.services.keys().chain(bundle.unconfined.keys());
        names.map(|name| name.stem().to_owned())
    });
    names.collect()
}

/// The same, but those of several hosts with their host.
fn services_of_hosts() -> BTreeSet<String> {
    let bundles = bundles();
    let names = bundles.iter().flat_map(|(host, bundle)| {
        bundle.services.keys().map(move |name| match host {
            Some(host) => format!("{host}:{}", name.stem()),
            None => name.stem().to_owned(),
        })
    });
    names.collect()
}

/// The packages that services of the bundles on the line see.
fn packages() -> BTreeSet<String> {
    let bundles = bundles();
    let paths = bundles.iter().flat_map(|(_, bundle)| bundle.paths.keys());
    paths
        .map(|path| Package::parse(path.name()).name.to_owned())
        .collect()
}

/// The presets of confinix, and those of the nearest confinix.toml.
fn presets() -> BTreeSet<String> {
    let own = nearest_config().ok().flatten().unwrap_or_default().presets;
    let own = own.into_keys();
    preset_names()
        .into_iter()
        .map(str::to_owned)
        .chain(own)
        .collect()
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
