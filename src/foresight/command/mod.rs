//! The commands of a unit, and what they start, checked in the service's root.

mod calls;
mod configured;
mod effects;
mod files;
mod flaws;
mod named;
mod search;
mod texts;
mod users;

use std::collections::BTreeSet;

use anyhow::Result;

use self::calls::Caller;
use super::known::{Effect, Invocation, Knower, known, known_of};
use super::sight::Sight;
use super::trouble::{Outlook, Trouble};
use crate::code::Code;
use crate::inspect::{Command, Program};
use crate::root::Found;
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
        let words = self.command.arguments.iter().map(String::as_str);
        let harmless = self.command.may_fail();
        self.configured(self.place, program, words, harmless, &mut seen)?;
        for argument in &self.command.arguments {
            seen.note(&self.sight, self.place, argument);
        }
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
        let mut used = BTreeSet::new();
        if let (Some(text), Some(interpreter)) = (&program.text, &program.interpreter) {
            let mut written = interpreter.arguments.clone();
            written.push(path.to_owned());
            let invocation = Invocation {
                name: &interpreter.name,
                file: interpreter.file.as_deref(),
                arguments: &written.iter().cloned().map(Some).collect::<Vec<_>>(),
                written: &written,
                around: self.sight.around,
                tests: &|flag, path| self.test(flag, path),
            };
            self.script(known(&interpreter.name), &invocation, path, text, seen)?;
        }
        let written = &self.command.arguments;
        // What has a variable in it, systemd knows only as the service starts.
        let is_known = |argument: &&String| !argument.contains(['%', '$']);
        let arguments = written
            .iter()
            .map(|argument| Some(argument).filter(is_known).cloned());
        let invocation = Invocation {
            name: path.rsplit('/').next().unwrap_or_default(),
            file: program.file.as_deref(),
            arguments: &arguments.collect::<Vec<_>>(),
            written,
            around: self.sight.around,
            tests: &|flag, path| self.test(flag, path),
        };
        let mut runs_script = false;
        // A script may have the name of another program, but a wrapper of a program has its own.
        let is_script = program.text.is_some();
        for knower in known_of(&invocation).filter(|it| !is_script || it.is_of_table()) {
            for effect in knower.effects(&invocation) {
                runs_script |= matches!(effect, Effect::Runs { .. });
                used.extend(self.act(knower, &invocation, effect, seen)?);
            }
        }
        Ok(Some(used).filter(|_| !runs_script))
    }

    /// Checks one effect of the program, and returns the files that it is about.
    fn act(
        &self,
        knower: &dyn Knower,
        invocation: &Invocation,
        effect: Effect,
        seen: &mut Outlook,
    ) -> Result<BTreeSet<String>> {
        let harmless = self.command.may_fail();
        let name = invocation.name;
        match effect {
            Effect::Starts(started) => {
                let caller = Caller::of(format!("{}: {name}", self.place), harmless);
                return self.call(&caller, &started, seen);
            }
            Effect::StartsShell => self.shell_of(name, seen)?,
            Effect::Runs { script, by } => {
                self.script_of(knower, invocation, script, by, seen)?;
            }
            Effect::Configures(path) => self.configuration_of(knower, invocation, &path, seen)?,
            effect => {
                let used = self.effect(self.place, harmless, effect, seen)?;
                return Ok(used.into_iter().collect());
            }
        }
        Ok(BTreeSet::new())
    }

    /// The result of `test FLAG PATH` when the command runs, if that is known.
    fn test(&self, flag: &str, path: &str) -> Option<bool> {
        let value = self.sight.inside.test(flag, path);
        // A command with '+' may have made it.
        value.filter(|value| *value || !self.is_after_privileged)
    }

    /// The shell by which the C library runs commands.
    fn shell_of(&self, name: &str, seen: &mut Outlook) -> Result<()> {
        if self.sight.inside.look("/bin/sh")? == Found::Missing {
            let message = format!(
                "{} runs {name}, which runs /bin/sh, and that is not in the service's root",
                self.place
            );
            let trouble = Trouble::new(Code::CommandMissing, "/bin/sh", message)
                .uncertain_if(self.command.may_fail())
                .fixed_by(self.sight.shell_remedy());
            seen.say(trouble);
        }
        Ok(())
    }
}
