//! `confinix install`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use rustix::fs::Mode;

use super::loaded::load_whole_bundle;
use super::source::SourceOptions;
use super::style::style;
use super::{Outcome, Usage, say};
use crate::bundle::read_sealed;
use crate::install::{
    Manifest, New, Place, State, check, check_writable, install, lost, preview, roll_back,
    uninstall,
};
use crate::output::human;
use crate::progress::Progress;
use crate::service::Manager;
use crate::source::is_bundle_at;

/// Install services with their confinement on a machine without NixOS, in generations
///
/// Writes the target's drop-ins to /etc/systemd/system; for a plain set, also complete units, as NixOS would generate them. Protects the
/// store paths from garbage collection and makes systemd reload its units. Starts, stops and enables nothing, but prints the commands that
/// do. Each generation replaces the one before. Never changes files that confinix did not write or that were edited since. The next run
/// finishes one that was interrupted. Needs root. With --user, installs units for user managers: as root, those of all users; as another
/// user, your own.
#[derive(Args)]
#[command(after_help = "\
Examples:
  confinix install -f services.nix --dry-run       what would change
  confinix install -f services.nix
  confinix install confinix-bundle                 drop-ins for the machine's own units
  confinix install --rollback                      back to the previous generation
  confinix install --uninstall
  confinix install --user -f services.nix          for your own service manager, without root
With --dry-run, exits 1 if something would change.")]
pub struct Install {
    /// A bundle, or anything that `confinix bundle` takes [default: the flake in this directory]
    #[arg(value_name = "TARGET")]
    target: Option<String>,
    /// Print what would change, as a diff, and change nothing
    #[arg(long, conflicts_with_all = ["rollback", "uninstall", "list"])]
    dry_run: bool,
    /// Go back to this generation, or to the one before the current one; if a run was interrupted, undo it
    #[arg(long, value_name = "NUMBER", num_args = 0..=1, conflicts_with_all = ["target", "uninstall", "list"])]
    #[allow(clippy::option_option)]
    rollback: Option<Option<u64>>,
    /// Remove everything that was installed, with all generations
    #[arg(long, conflicts_with_all = ["target", "list"])]
    uninstall: bool,
    /// List the generations
    #[arg(long, conflicts_with = "target")]
    list: bool,
    /// Install into this directory: the tree of a system that is not running
    #[arg(
        long,
        value_name = "DIR",
        default_value = "/",
        hide_default_value = true
    )]
    root: PathBuf,
    #[command(flatten, next_help_heading = "Source of the services")]
    source: SourceOptions,
}

impl Install {
    pub fn run(&self, progress: &Progress) -> Result<Outcome> {
        let place = self.place()?;
        if self.list {
            self.refuse_source("--list")?;
            return list(&place, progress);
        }
        if !place.is_this_machine()
            && self
                .root
                .canonicalize()
                .is_ok_and(|root| root == Path::new("/"))
        {
            bail!(Usage("--root / is the default: drop it".into()));
        }
        check(&place)?;
        if !self.dry_run {
            check_writable(&place)?;
            // What is installed is for everyone to read, and for root to write.
            rustix::process::umask(Mode::from_raw_mode(0o022));
        }
        let done = if let Some(number) = self.rollback {
            self.refuse_source("--rollback")?;
            roll_back(&place, number)?
        } else if self.uninstall {
            self.refuse_source("--uninstall")?;
            uninstall(&place)?
        } else {
            return self.install(&place, progress);
        };
        for warning in &done.warnings {
            progress.warn(warning);
        }
        say(human::install::done(&done, &place, style()))?;
        Ok(Outcome::Yes)
    }

    /// Where the units are installed: with --user, or if the target is a bundle for user managers, where these find them.
    fn place(&self) -> Result<Place> {
        let target = self.target.as_deref().filter(|target| is_bundle_at(target));
        let of_bundle = match target {
            Some(target) => read_sealed(Path::new(target))?.manager,
            None => Manager::System,
        };
        if self.source.is_for_users() || !of_bundle.is_system() {
            Place::of_users(&self.root)
        } else {
            Ok(Place::at(&self.root))
        }
    }

    fn install(&self, place: &Place, progress: &Progress) -> Result<Outcome> {
        if place.is_this_machine() && self.source.has_store() {
            bail!(Usage(
                "--store has no effect without --root: services find their paths in this machine's own store".into()
            ));
        }
        let (request, whole) = load_whole_bundle(self.target.as_deref(), &self.source, progress)?;
        if whole.planned.bundle.manager != place.manager() {
            bail!(Usage(
                "these services are for user managers: install them with --user".into()
            ));
        }
        for warning in &whole.planned.warnings {
            progress.warn(warning);
        }
        if !whole.services.left_out.is_empty() {
            progress.warn(&format!(
                "warning: not installed, because they are not confined or have no service that is: {}",
                whole.services.left_out.join(", ")
            ));
        }
        let target = self.target.as_deref();
        let target = target.map_or_else(|| request.told(), str::to_owned);
        let roots = if self.dry_run {
            std::collections::BTreeSet::new()
        } else {
            request.realise(&whole, progress)?
        };
        let new = New {
            target: &target,
            whole: &whole,
            roots: &roots,
        };
        progress.step("comparing units");
        let warn = |warnings: &[String]| {
            for warning in warnings {
                progress.warn(warning);
            }
            progress.done();
        };
        if self.dry_run {
            let preview = preview(place, &new)?;
            warn(&preview.warnings);
            say(human::install::preview(&preview, place, style()))?;
            return Ok(if preview.changes.is_empty() {
                Outcome::Yes
            } else {
                Outcome::No
            });
        }
        let done = install(place, &new)?;
        warn(&done.warnings);
        say(human::install::done(&done, place, style()))?;
        Ok(Outcome::Yes)
    }

    /// Refuses options about services where none are read.
    fn refuse_source(&self, instead: &str) -> Result<()> {
        if let Some(option) = self.source.without_user().of_making() {
            bail!(Usage(format!(
                "{option} has no effect with {instead}, which reads no services: drop one of the two"
            )));
        }
        Ok(())
    }
}

fn list(place: &Place, progress: &Progress) -> Result<Outcome> {
    let state = State::read(place)?;
    for warning in lost(place, &state, &BTreeMap::new())? {
        progress.warn(&warning);
    }
    if state.generations.is_empty() && state.lost.is_none() {
        bail!("nothing is installed in {}", place.state().display());
    }
    let all = state
        .generations
        .iter()
        .filter(|number| state.lost != Some(**number))
        .map(|number| Ok((*number, Manifest::read(&place.generation(*number))?)))
        .collect::<Result<Vec<_>>>()?;
    say(human::install::generations(&all, state.current, style()))?;
    Ok(Outcome::Yes)
}
