//! What will not work inside the root of a service, before it is deployed.

mod binds;
mod command;
mod directory;
mod effects;
mod environment;
mod flaws;
mod host;
mod missing;
mod nginx;
mod packages;
mod paths;
mod privileges;
mod proc;
mod providers;
mod sandbox;
mod scripts;
mod search_path;
mod shell;
mod shown;
mod users;
mod versions;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;

use self::search_path::Lacking;
use crate::bundle::BundleService;
use crate::change::Change;
use crate::code::Code;
use crate::finding::{Confined, Draft, Foreseen, Remedy};
use crate::inspect::{Command, Environment, Inside, Known, Programs, commands};
use crate::service::{ExecSetting, Settings};
use crate::store::StoreFiles;

/// Everything that will not work.
pub fn foresee(subject: &Confined, files: &dyn StoreFiles, known: &Known) -> Result<Vec<Foreseen>> {
    let inside = |is_privileged| {
        Inside::new(
            subject.bundle,
            subject.service,
            subject.closure,
            files,
            is_privileged,
        )
    };
    let insides = [inside(false), inside(true)];
    let settings = subject.service.settings.clone();
    let settings = settings.followed_by(&subject.service.confinement);
    let environment = Environment::of(&settings, files, &subject.bundle.store_dir);
    let programs = [
        Programs::new(&insides[0], &environment, known),
        Programs::new(&insides[1], &environment, known),
    ];
    let mut seer = Seer {
        subject,
        settings: &settings,
        files,
        insides: &insides,
        environment: &environment,
        programs: &programs,
        is_privileged: false,
        was_privileged: false,
        before: String::new(),
        used: BTreeSet::new(),
        foreseen: Vec::new(),
        named: BTreeMap::new(),
        missed: BTreeSet::new(),
        lacking: Vec::new(),
    };
    seer.environment_files()?;
    seer.bind_sources()?;
    seer.working_directory()?;
    seer.sandbox_paths()?;
    seer.pid_file()?;
    seer.proc()?;
    seer.bpf()?;
    seer.bus()?;
    seer.capabilities();
    let on_host = starts_only_main(subject.service);
    for setting in ExecSetting::ALL {
        // These run outside, where all is as it was.
        if on_host && setting != ExecSetting::ExecStart {
            continue;
        }
        for (origin, line) in subject.service.commands(setting) {
            let place = origin.to_string();
            for command in commands(line) {
                seer.is_privileged = command.has('+');
                seer.used.clear();
                seer.command(setting, &place, line, &command)?;
                seer.remember(&command);
                seer.was_privileged |= seer.is_privileged;
            }
        }
    }
    seer.is_privileged = false;
    for (name, value) in environment.iter().filter(|(name, _)| *name != "PATH") {
        seer.store_paths(&format!("Environment={name}"), value);
    }
    seer.disconnected_tmp();
    seer.mentions();
    seer.outside();
    seer.path_remedies()?;
    Ok(seer.foreseen)
}

/// Whether only `ExecStart=` runs in the root, which an adopted one may say.
fn starts_only_main(service: &BundleService) -> bool {
    matches!(
        service.settings.boolean("RootDirectoryStartOnly"),
        Ok(Some(true))
    )
}

struct Seer<'a> {
    subject: &'a Confined<'a>,
    /// What the unit and its confinement set.
    settings: &'a Settings,
    files: &'a dyn StoreFiles,
    /// The root, and as commands with `+` see it.
    insides: &'a [Inside<'a>; 2],
    environment: &'a Environment,
    programs: &'a [Programs<'a>; 2],
    /// Whether the command that is looked at has `+`.
    is_privileged: bool,
    /// Whether one before it has.
    was_privileged: bool,
    /// The commands and scripts that have been looked at.
    before: String,
    /// Files of the last command of which it is known what it does to them.
    used: BTreeSet<String>,
    foreseen: Vec<Foreseen>,
    /// Store paths outside the closure, with where they are named.
    named: BTreeMap<String, String>,
    /// Commands of scripts that have been said to be missing.
    missed: BTreeSet<(String, bool)>,
    /// Those that are not on `PATH`, with the findings about them.
    lacking: Vec<Lacking>,
}

impl<'a> Seer<'a> {
    fn inside(&self) -> &'a Inside<'a> {
        &self.insides[usize::from(self.is_privileged)]
    }

    fn programs(&self) -> &'a Programs<'a> {
        &self.programs[usize::from(self.is_privileged)]
    }

    fn say(
        &mut self,
        code: Code,
        is_uncertain: bool,
        subject: &str,
        message: String,
        remedies: Vec<Remedy>,
    ) {
        let exception = Remedy::excepting(self.subject.name, code);
        // Of what is new when the service starts, its own commands have made what is there; with '+' they can do so anywhere.
        let may_be_made = self.inside().store_dir().owner(subject).is_none()
            && subject.starts_with('/')
            && (self.was_privileged || self.inside().is_fresh(subject));
        if may_be_made && self.before.contains(subject) {
            return;
        }
        let is_taken_well =
            code.may_be_success() && !self.settings.list("SuccessExitStatus").is_empty();
        let is_uncertain = is_uncertain || is_taken_well || may_be_made && !self.before.is_empty();
        let draft = Draft {
            is_uncertain,
            remedies: remedies.into_iter().chain([exception]).collect(),
            ..Draft::new(subject, message)
        };
        self.foreseen.push(Foreseen { code, draft });
    }

    /// What an earlier command names, it may have made.
    fn remember(&mut self, command: &Command) {
        for word in std::iter::once(&command.program).chain(&command.arguments) {
            self.before.push_str(word);
            self.before.push('\n');
        }
    }

    /// The remedy that changes the service so, about `subject`; none where that can't be written.
    fn fix(&self, what: &str, subject: &str, changes: &[Change]) -> Vec<Remedy> {
        let remedy = self.subject.change(what, subject, changes);
        remedy.into_iter().collect()
    }
}
