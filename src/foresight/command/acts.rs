//! What a program does, by its arguments, its script or its configuration.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;

use super::Step;
use super::calls::Caller;
use super::world::InRoot;
use crate::code::Code;
use crate::foresight::known::{
    Directory, Effect, Invocation, Knower, Source, Started, is_known, known, known_of, run_by,
};
use crate::foresight::sight::Surroundings;
use crate::foresight::trouble::{Outlook, Trouble};
use crate::inspect::{Program, Wrapper, read_wrapper};
use crate::root::Found;

/// A program that is run.
pub(super) struct Acting<'a> {
    /// Its name in messages about what it does itself.
    pub who: &'a str,
    /// The command of the unit, or the script, that runs it.
    pub place: &'a str,
    /// Where it is, or the name that it is called by.
    pub path: &'a str,
    /// What is at that path.
    pub program: &'a Program,
    /// Its arguments; `None` for one that is known only at run time.
    pub arguments: &'a [Option<String>],
    /// Its arguments as the unit has them, variables not replaced; empty if a script starts it.
    pub written: &'a [String],
    /// As what it starts programs.
    pub caller: Caller,
}

impl Acting<'_> {
    /// Whether it is the service, and nothing is known of it by its name and its content. `invocation`: how it is run.
    fn is_unknown_service(&self, invocation: &Invocation) -> bool {
        self.caller.is_service && self.program.text.is_none() && known(invocation.name).is_none()
    }
}

impl Step<'_> {
    /// Checks what a program does, and returns the files whose use is known. `None` if the arguments are a script's: then nothing is
    /// known of the files that they name.
    pub(super) fn act(
        &self,
        acting: &Acting,
        seen: &mut Outlook,
    ) -> Result<Option<BTreeSet<String>>> {
        let caller = &acting.caller;
        let around = Surroundings {
            environment: &caller.environment,
            directory: caller.directory.as_deref(),
            ..self.sight.around
        };
        let world = InRoot {
            step: self,
            directory: caller.directory.as_deref(),
        };
        if let (Some(text), Some(interpreter)) = (&acting.program.text, &acting.program.interpreter)
        {
            let own = interpreter.arguments.iter().cloned();
            let own: Vec<_> = own.chain([acting.path.to_owned()]).map(Some).collect();
            let invocation = Invocation {
                name: &interpreter.name,
                file: interpreter.file.as_deref(),
                arguments: &[&own[..], acting.arguments].concat(),
                written: &[],
                around,
                world: &world,
            };
            self.script(acting, &invocation, acting.path, text, seen)?;
        }
        let invocation = Invocation {
            name: acting.path.rsplit('/').next().unwrap_or_default(),
            file: acting.program.file.as_deref(),
            arguments: acting.arguments,
            written: acting.written,
            around,
            world: &world,
        };
        if let Some(command) = &acting.program.wrapper
            && let Some(wrapper) = read_wrapper(command, &caller.environment)
        {
            let started = wrapped(wrapper, acting.arguments);
            return self.call(caller, started, seen).map(Some);
        }
        let mut used = BTreeSet::new();
        let mut runs_script = false;
        // A script may have the name of another program, but a wrapper of a program has its own.
        let is_script = acting.program.text.is_some();
        if acting.is_unknown_service(&invocation) {
            if !is_known(&invocation) {
                self.symbols(acting.place, acting.program, seen)?;
            }
            self.built_in(acting.place, acting.program, &invocation, seen)?;
        }
        if caller.is_service && !is_known(&invocation) {
            self.told_users(acting.place, &invocation, seen)?;
        }
        for knower in known_of(&invocation).filter(|it| !is_script || it.is_of_table()) {
            let mut is_refused = false;
            for effect in knower.effects(&invocation) {
                runs_script |= is_of_arguments(&effect, acting);
                if is_refused && effect.looks_up_any() {
                    continue;
                }
                // Whom PAM refuses changes to nobody.
                is_refused |= effect == Effect::AsksPam && self.asks_pam("")?.is_some();
                used.extend(self.one(acting, knower, &invocation, effect, seen)?);
            }
        }
        used.extend(self.run_program(acting, &invocation, seen)?);
        Ok(Some(used).filter(|_| !runs_script))
    }

    /// Checks what the table of programs knows of the one that an interpreter runs: `python3 -m gunicorn`. `invocation`: of the
    /// interpreter.
    fn run_program(
        &self,
        acting: &Acting,
        invocation: &Invocation,
        seen: &mut Outlook,
    ) -> Result<BTreeSet<String>> {
        let words = invocation.words();
        let mut used = BTreeSet::new();
        if let Some((name, start)) = run_by(invocation.name, &words) {
            let run = Invocation {
                name,
                file: None,
                arguments: invocation.arguments.get(start..).unwrap_or_default(),
                written: invocation.written.get(start..).unwrap_or_default(),
                ..*invocation
            };
            for knower in known_of(&run).filter(|it| it.is_of_table()) {
                for effect in knower.effects(&run) {
                    used.extend(self.one(acting, knower, &run, effect, seen)?);
                }
            }
        }
        Ok(used)
    }

    /// Checks one effect of a program, and returns the files that it is about.
    fn one(
        &self,
        acting: &Acting,
        knower: &dyn Knower,
        invocation: &Invocation,
        effect: Effect,
        seen: &mut Outlook,
    ) -> Result<BTreeSet<String>> {
        let caller = &acting.caller;
        match effect {
            // What starts another by its arguments alone, waits for it or is replaced by it.
            Effect::Starts(started) => {
                let started = Started {
                    is_last: true,
                    ..started
                };
                return self.call(caller, started, seen);
            }
            Effect::StartsShell => self.shell_of(acting, invocation.name, seen)?,
            Effect::Runs { script, by } => self.script_of(acting, invocation, script, &by, seen)?,
            Effect::Configures(path) => {
                self.configuration_of(acting, knower, invocation, &path, seen)?;
            }
            effect => {
                let used = self.effect(acting.who, caller.harmless, effect, seen)?;
                return Ok(used.into_iter().collect());
            }
        }
        Ok(BTreeSet::new())
    }

    /// The shell by which the C library runs commands.
    fn shell_of(&self, acting: &Acting, name: &str, seen: &mut Outlook) -> Result<()> {
        if self.sight.inside.look("/bin/sh")? == Found::Missing {
            let message = format!(
                "{} runs {name}, which runs /bin/sh, and that is not in the service's root",
                acting.place
            );
            let trouble = Trouble::new(Code::CommandMissing, "/bin/sh", message)
                .uncertain_if(acting.caller.harmless)
                .fixed_by(self.sight.shell_remedy());
            seen.say(trouble);
        }
        Ok(())
    }
}

/// Whether it is to run a script that the arguments name or are.
fn is_of_arguments(effect: &Effect, acting: &Acting) -> bool {
    match effect {
        Effect::Runs {
            script: Source::File(path),
            ..
        } => {
            let written = acting.written.iter();
            let mut words = written.chain(acting.arguments.iter().flatten());
            words.any(|word| word == path)
        }
        effect => matches!(effect, Effect::Runs { .. }),
    }
}

/// The program that a wrapper runs with these arguments.
fn wrapped(wrapper: Wrapper, arguments: &[Option<String>]) -> Started {
    let before = wrapper.before.into_iter().map(Some);
    let after = wrapper.after.into_iter().map(Some);
    let all = before.chain(arguments.iter().cloned()).chain(after);
    Started {
        environment: Some(Arc::new(wrapper.environment)),
        directory: wrapper
            .directory
            .map_or_else(Directory::default, Directory::At),
        is_last: true,
        ..Started::new(wrapper.program, all.collect())
    }
}
