//! `confinix rehearse`

mod fix;
mod keep;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};

use self::fix::Fix;
use self::keep::Keep;
use super::documents::{Wishes, deliver};
use super::duration::duration;
use super::loaded::load_whole;
use super::source::SourceOptions;
use super::{Outcome, Usage, file_name};
use crate::config::{ProgramTable, nearest_config};
use crate::document::write_whole;
use crate::guest::{self, Setup};
use crate::interrupt;
use crate::output::nix_module;
use crate::progress::Progress;
use crate::rehearse::{Options, Record, Rehearsal, Script, Stage, Tracing, Verdict, rehearse};
use crate::store::StoreDir;
use crate::text::Document;

/// Start services in a throwaway systemd, with and without confinement, and find the changes that they need
///
/// Boots containers (systemd-nspawn) on a copy-on-write view of this machine, of which nothing is changed. Every service is started without
/// confinement, as the control, and with it; each is watched, reloaded and stopped. A service that behaves differently with confinement is
/// run again under strace; from what failed, confinix derives changes, tries them, and leaves out those that are not needed. A service that
/// does not start without confinement either can't be compared. Needs root.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix rehearse confinix-bundle
  confinix rehearse ./result                         a built NixOS system, with its own units
  confinix rehearse .#nixosConfigurations.web -s nginx --with /var/lib/secrets
  confinix rehearse -f services.nix --probe 'curl -fsS localhost:8080/health'
  confinix rehearse bundle --record record.json --changes changes.nix
  confinix rehearse --units /etc/systemd/system -s myapp --fix
Exits 1 if a service fails, or starts only with changes that --fix did not write.")]
pub struct Rehearse {
    /// A bundle, a built NixOS system, or anything that `confinix bundle` takes [default: the flake in this directory]
    #[arg(value_name = "TARGET")]
    target: Option<String>,
    /// Boot on this directory: a tree with systemd in it, or a built NixOS system [default: the target if it is one, else /]
    #[arg(long, value_name = "DIR")]
    root: Option<PathBuf>,
    /// How long each service is watched after its start: seconds (10s), minutes (2m) or hours (1h)
    #[arg(long = "for", value_name = "TIME", default_value = "10s", value_parser = duration)]
    watched: Duration,
    /// Let services use this machine's network; without it they have only a loopback interface
    #[arg(long)]
    network: bool,
    /// Show services this file, or a copy of this directory that they can change; may be repeated
    #[arg(long, value_name = "PATH")]
    with: Vec<PathBuf>,
    /// Run this in the container while a service is watched ($UNIT is its name), and compare the exit codes
    #[arg(long, value_name = "COMMAND")]
    probe: Option<String>,
    /// Which services are run under strace, to find causes and to record what they do
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = When::Auto)]
    trace: When,
    /// Only compare, without searching for changes
    #[arg(long)]
    no_changes: bool,
    /// Keep what services wrote, their units and their journals in this directory, which must not exist yet [default: a new one in TMPDIR]
    ///
    /// It has those of the first guest without confinement, and of the first one with it.
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    keep: Option<OsString>,
    /// Write what came of it to this file: a record, as JSON
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write the changes to this file: a NixOS module
    #[arg(long, value_name = "FILE", conflicts_with = "no_changes")]
    changes: Option<PathBuf>,
    /// Add the changes of services that are configured by unit files to confinix.toml: the --preset-file, else the one in this directory
    /// or the nearest one above it, else a new one here
    ///
    /// Lists are extended, and everything else in the file stays as it is. Changes to a unit itself are left to its drop-in.
    #[arg(long, conflicts_with = "no_changes")]
    fix: bool,
    #[command(flatten)]
    wishes: Wishes<Rehearsal>,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

/// When something is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum When {
    /// Those that behave differently, if it is installed
    Auto,
    /// All that can be compared; fail if it is not installed
    Always,
    /// None
    Never,
}

impl Rehearse {
    /// The tree that guests boot on.
    fn tree(&self, store: &StoreDir) -> PathBuf {
        let target = self.target.as_deref().map(Path::new);
        let system = target.and_then(guest::nixos_at);
        // A guest sees nothing of a system that is elsewhere.
        let system = system.filter(|system| system.starts_with(store.as_str()));
        let root = self.root.clone().or(system);
        root.unwrap_or_else(|| "/".into())
    }

    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        guest::check()?;
        let (request, whole) = load_whole(self.target.as_deref(), &self.source, progress)?;
        if self.changes.is_some() && !whole.services.source.is_nix() {
            bail!(Usage(
                "--changes writes a NixOS module, and these services are configured by unit files: the report has their changes".into()
            ));
        }
        let fix = self
            .fix
            .then(|| Fix::new(&request, &whole.services))
            .transpose()?;
        let keep = self.keep.as_deref().map(Path::new);
        let keep = keep.map(|place| Keep::new(place, progress)).transpose()?;
        let config = nearest_config()?.unwrap_or_default();
        let programs = ProgramTable::with(&config.policy.programs)?;
        let options = Options {
            stage: Stage {
                root: self.tree(&whole.services.store_dir),
                with: self.with.clone(),
                has_network: self.network,
                store: whole.services.store_dir.as_str().into(),
                script: Script {
                    watched: self.watched,
                    enough: BTreeMap::new(),
                    probe: self.probe.clone(),
                },
                keep: keep.as_ref().map(Keep::directory),
            },
            tracing: match self.trace {
                When::Auto => Tracing::Auto,
                When::Always => Tracing::Always,
                When::Never => Tracing::Never,
            },
            searches: !self.no_changes,
            is_for_config: self.fix,
        };
        let rehearsal = rehearse(&request, &whole, &options, &programs, progress);
        progress.done();
        // A rehearsal that fails later has kept it too; one that was interrupted leaves nothing.
        interrupt::check()?;
        if let Some(keep) = keep {
            keep.settle(progress)?;
        }
        let rehearsal = rehearsal?;
        if let Some(file) = &self.record {
            write_whole(file_name(file)?, Document::json(&Record::of(&rehearsal))?)?;
        }
        if let Some(file) = &self.changes {
            write_whole(file_name(file)?, nix_module(&rehearsal))?;
        }
        deliver(&self.wishes.all(), None, &rehearsal)?;
        let fixed = match fix {
            Some(fix) => fix.write(&rehearsal, progress)?,
            None => Vec::new(),
        };
        let mut services = rehearsal.services.iter();
        let needs_attention = services.any(|(name, service)| match service.verdict {
            Verdict::Fails { .. } => true,
            Verdict::StartsWith(_) => !fixed.contains(name),
            Verdict::Starts | Verdict::NotComparable(_) => false,
        });
        Ok(if needs_attention {
            Outcome::No
        } else {
            Outcome::Yes
        })
    }
}

/// Become a guest (`confinix rehearse` starts this)
#[derive(Args)]
pub struct GuestBoot {
    /// The setup, as JSON
    setup: String,
}

impl GuestBoot {
    pub fn run(&self) -> Result<Outcome> {
        let setup: Setup = serde_json::from_str(&self.setup)?;
        guest::become_guest(&setup)?;
        Ok(Outcome::Yes)
    }
}

/// End a guest when standard input ends (`confinix rehearse` starts this)
#[derive(Args)]
pub struct GuestWatch {
    /// The name of the guest
    name: String,
    /// Its directory
    place: PathBuf,
}

impl GuestWatch {
    pub fn run(&self) -> Result<Outcome> {
        guest::watch(io::stdin(), &self.name, &self.place)?;
        Ok(Outcome::Yes)
    }
}
