//! The commands of a unit, and what they start, checked in the service's root.

mod acts;
mod built_in;
mod calls;
mod configured;
mod effects;
mod endings;
mod files;
mod flaws;
mod included;
mod kernel;
mod named;
mod network;
mod own_files;
mod search;
mod services;
mod symbols;
mod texts;
mod told_users;
mod users;
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;

use self::acts::Acting;
use self::calls::Caller;
use super::known::run_by;
use super::sight::Sight;
use super::trouble::Outlook;
use crate::inspect::{Command, Program};
use crate::service::ExecSetting;

/// A command of the unit.
pub(super) struct Step<'a> {
    /// The service, as this command sees it.
    pub sight: Sight<'a>,
    /// The setting that it is in.
    pub setting: ExecSetting,
    /// What its line is called.
    pub place: &'a str,
    /// The line that it is in, which may have more.
    pub line: &'a str,
    pub command: &'a Command,
    /// Whether one before it has `+`, and may have made anything.
    pub is_after_privileged: bool,
    /// Files that those before it have made, each with the one that it has its content of.
    pub copies: &'a BTreeMap<String, String>,
}

impl Step<'_> {
    /// What will not work.
    pub fn look(&self) -> Result<Outlook> {
        let mut seen = Outlook::default();
        let program = self.command.program.as_str();
        if program.contains('%') || program.is_empty() {
            return Ok(seen);
        }
        if self.command.has('|') {
            self.through_shell(&mut seen)?;
            return Ok(seen);
        }
        let path = if program.contains('/') {
            program.to_owned()
        } else {
            match self.search(&mut seen)? {
                Some(path) => path,
                None => return Ok(seen),
            }
        };
        let program = self.sight.programs.look(&path)?;
        for flaw in &program.flaws {
            seen.say(self.flaw(flaw)?);
        }
        let used = if program.flaws.is_empty() {
            self.run(&path, &program, &mut seen)?
        } else {
            Some(BTreeSet::new())
        };
        if let Some(used) = used {
            self.host_files(&used, &mut seen)?;
        }
        let program = path.rsplit('/').next().unwrap_or_default();
        let arguments: Vec<_> = self.command.arguments.iter().cloned().map(Some).collect();
        let run = run_by(program, &arguments);
        let run = run.filter(|(name, _)| self.sight.around.programs.get(name).is_some());
        let (program, start) = run.unwrap_or((program, 0));
        let words = self
            .command
            .arguments
            .iter()
            .map(String::as_str)
            .skip(start);
        let harmless = self.command.may_fail();
        self.configured(self.place, program, words, harmless, &mut seen)?;
        if self.setting == ExecSetting::ExecStart {
            self.configured_by_variables(program, harmless, &mut seen)?;
        }
        for argument in &self.command.arguments {
            seen.note(&self.sight, self.place, argument);
        }
        seen.ports.note(&self.command.arguments.join(" "));
        Ok(seen)
    }

    /// Checks what the program at this path does, and returns the files whose use is known. `None` if an interpreter runs a script that
    /// the arguments name: then nothing is known of the files that they name.
    fn run(
        &self,
        path: &str,
        program: &Program,
        seen: &mut Outlook,
    ) -> Result<Option<BTreeSet<String>>> {
        let written = &self.command.arguments;
        // What has a variable in it, systemd knows only as the service starts.
        let is_known = |argument: &&String| !argument.contains(['%', '$']);
        let arguments = written
            .iter()
            .map(|argument| Some(argument).filter(is_known).cloned());
        let name = path.rsplit('/').next().unwrap_or_default();
        let environment = Arc::new(self.sight.around.environment.clone());
        let harmless = self.command.may_fail();
        let acting = Acting {
            who: self.place,
            place: self.place,
            path,
            program,
            arguments: &arguments.collect::<Vec<_>>(),
            written,
            caller: Caller {
                environment,
                directory: self.sight.around.directory.map(str::to_owned),
                ..Caller::of(format!("{}: {name}", self.place), harmless)
            },
        };
        self.act(&acting, seen)
    }

    /// The file that has the content of another one: itself, if it has not been made by a command.
    pub(super) fn original<'p>(&'p self, path: &'p str, seen: &'p Outlook) -> &'p str {
        let made = seen.copies.get(path).or_else(|| self.copies.get(path));
        made.map_or(path, String::as_str)
    }

    /// The result of `test FLAG PATH` when the command runs, if that is known.
    pub(super) fn test(&self, flag: &str, path: &str) -> Option<bool> {
        let value = self.sight.inside.test(flag, path);
        // A command with '+' may have made it.
        value.filter(|value| *value || !self.is_after_privileged)
    }
}
