//! Options about where services are rehearsed, and what is done with each.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::super::duration::duration;
use crate::guest;
use crate::rehearse::{Options, Script, Stage, Tracing};
use crate::service::Selection;
use crate::store::StoreDir;

/// How long a service is watched if nothing else is given.
const WATCHED: Duration = Duration::from_secs(10);

#[derive(Args)]
pub struct StageArgs {
    /// Boot on this directory: a tree with systemd in it, or a built NixOS system [default: the target if it is one, else /]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// How long each service is watched after its start: seconds (10s), minutes (2m) or hours (1h) [default: 10s]
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    watched: Option<Duration>,
    /// Let services use this machine's network; without it they have only a loopback interface
    #[arg(long)]
    network: bool,
    /// Show services this file, or a copy of this directory that they can change; may be repeated
    #[arg(long, value_name = "PATH")]
    with: Vec<PathBuf>,
    /// Run this in the container while a service is watched ($UNIT is its name), and compare the exit codes
    #[arg(long, value_name = "COMMAND")]
    probe: Option<String>,
    /// Which services to run under strace, to find causes and record what they do [default: auto]
    #[arg(long, value_name = "WHEN", value_enum)]
    trace: Option<When>,
}

/// When something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum When {
    /// Those that behave differently, if strace is installed
    Auto,
    /// All that can be compared; fail if strace is not installed
    Always,
    /// None
    Never,
}

impl StageArgs {
    /// The first option that was given.
    pub fn given(&self) -> Option<&'static str> {
        let Self {
            root,
            watched,
            network,
            with,
            probe,
            trace,
        } = self;
        let options = [
            ("--root", root.is_some()),
            ("--for", watched.is_some()),
            ("--network", *network),
            ("--with", !with.is_empty()),
            ("--probe", probe.is_some()),
            ("--trace", trace.is_some()),
        ];
        let mut given = options.into_iter().filter(|(_, is_given)| *is_given);
        given.next().map(|(option, _)| option)
    }

    /// How the services of a target are rehearsed, with a search for changes.
    pub fn options(
        &self,
        target: Option<&str>,
        store: &StoreDir,
        keep: Option<PathBuf>,
    ) -> Options {
        Options {
            stage: Stage {
                root: self.tree(target, store),
                with: self.with.clone(),
                has_network: self.network,
                store: store.as_str().into(),
                script: Script {
                    watched: self.watched.unwrap_or(WATCHED),
                    probe: self.probe.clone(),
                    ..Script::default()
                },
                keep,
            },
            tracing: match self.trace.unwrap_or(When::Auto) {
                When::Auto => Tracing::Auto,
                When::Always => Tracing::Always,
                When::Never => Tracing::Never,
            },
            selection: Selection::default(),
            searches: true,
            is_for_config: false,
        }
    }

    /// The tree that guests boot on.
    fn tree(&self, target: Option<&str>, store: &StoreDir) -> PathBuf {
        let system = target.map(Path::new).and_then(guest::nixos_at);
        // A guest sees nothing of a system that is elsewhere.
        let system = system.filter(|system| system.starts_with(store.as_str()));
        let root = self.root.clone().or(system);
        root.unwrap_or_else(|| "/".into())
    }
}
