//! `confinix rehearse`

mod fix;
mod keep;
mod stage;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;

use self::fix::Fix;
use self::keep::Keep;
pub use self::stage::StageArgs;
use super::documents::{Wishes, deliver};
use super::loaded::load_whole;
use super::source::SourceOptions;
use super::{Outcome, Usage, file_name};
use crate::config::{ProgramTable, nearest_config};
use crate::document::write_whole;
use crate::guest::{self, Setup};
use crate::interrupt;
use crate::output::nix_module;
use crate::progress::Progress;
use crate::rehearse::{Options, Record, Rehearsal, Verdict, rehearse};
use crate::text::Document;

/// Start services in a throwaway systemd, with and without confinement, and find the changes that they need
///
/// Boots containers (systemd-nspawn) on a copy-on-write view of this machine, and changes nothing on the machine itself. Every service is
/// started without confinement, as the control, and with it; each is watched, reloaded and stopped. A service that behaves differently with confinement is
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
    #[command(flatten)]
    stage: StageArgs,
    /// Only compare, without searching for changes
    #[arg(long)]
    no_changes: bool,
    /// Keep what services wrote, their units and their journals in this directory, which must not exist yet [default: a new one in TMPDIR]
    ///
    /// These are the files of the first container without confinement and of the first one with it.
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    keep: Option<OsString>,
    /// Write the results to this file, as a JSON record
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Write the changes to this file: a NixOS module
    #[arg(long, value_name = "FILE", conflicts_with = "no_changes")]
    changes: Option<PathBuf>,
    /// Add the changes of services that are configured by unit files to confinix.toml: the --preset-file, else the one in this directory
    /// or the nearest one above it, else a new one here
    ///
    /// Lists are extended, and everything else in the file stays as it is. Changes to a unit itself are not written: put them into a
    /// drop-in.
    #[arg(long, conflicts_with = "no_changes")]
    fix: bool,
    #[command(flatten)]
    wishes: Wishes<Rehearsal>,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

impl Rehearse {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        guest::check()?;
        let (request, whole) = load_whole(self.target.as_deref(), &self.source, progress)?;
        whole.planned.bundle.refuse_user_services("rehearse")?;
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
        let store = &whole.services.store_dir;
        let options = Options {
            selection: request.selection.clone(),
            searches: !self.no_changes,
            is_for_config: self.fix,
            ..self.stage.options(
                self.target.as_deref(),
                store,
                keep.as_ref().map(Keep::directory),
            )
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
