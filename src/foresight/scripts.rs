//! What shell scripts call, read and write.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Seer;
use super::effects::wrapped;
use super::search_path::Lacking;
use crate::code::Code;
use crate::inspect::{Call, Flaw, Located, Program, read_script};

/// What calls commands: a script, or a command that runs others.
pub(super) struct Caller<'a> {
    /// The command of the unit.
    place: &'a str,
    what: &'a str,
    /// Whether the service goes on where it fails.
    harmless: bool,
    /// Directories that it puts into `PATH`.
    path: &'a [String],
    /// Whether it sets `PATH` without what the unit has there.
    replaces_path: bool,
    /// Whether it may find commands otherwise.
    is_open: bool,
    /// Paths that it tests before it uses them.
    tested: Option<&'a BTreeSet<String>>,
}

impl<'a> Caller<'a> {
    pub(super) fn of(place: &'a str, what: &'a str, harmless: bool) -> Self {
        Self {
            place,
            what,
            harmless,
            path: &[],
            replaces_path: false,
            is_open: false,
            tested: None,
        }
    }

    fn name(&self) -> String {
        format!("{}: {}", self.place, self.what)
    }
}

impl Seer<'_> {
    pub(super) fn shell_text(
        &mut self,
        place: &str,
        what: &str,
        text: &str,
        errexit: bool,
        shell: &Program,
        harmless: bool,
    ) -> Result<()> {
        self.before.push_str(text);
        let inside = self.inside();
        let was_privileged = self.was_privileged;
        let tests = |flag: &str, path: &str| {
            let value = inside.test(flag, path);
            // A command with '+' may have made it.
            value.filter(|value| *value || !was_privileged)
        };
        let script = match read_script(text, errexit, &tests) {
            Ok(script) => script,
            Err(reason) => {
                self.say(
                    Code::ScriptNotUnderstood,
                    true,
                    what,
                    format!(
                        "{place} runs {what}, which could not be read as a shell script: {reason}"
                    ),
                    Vec::new(),
                );
                self.store_paths(what, text);
                return Ok(());
            }
        };
        // busybox finds its applets by itself.
        let is_busybox = shell
            .file
            .as_deref()
            .is_some_and(|file| file.contains("busybox"));
        let caller = Caller {
            place,
            what,
            harmless,
            path: &script.path,
            replaces_path: script.replaces_path,
            is_open: script.is_open || is_busybox,
            tested: Some(&script.tested),
        };
        for opened in &script.opened {
            self.opens(&caller.name(), opened, harmless)?;
        }
        for call in &script.calls {
            self.call(&caller, call)?;
        }
        self.store_paths(what, text);
        Ok(())
    }

    /// A command that a script or another command runs.
    pub(super) fn call(&mut self, caller: &Caller, call: &Call) -> Result<()> {
        let is_uncertain = !call.is_certain || caller.harmless;
        let name = call.word.rsplit('/').next().unwrap_or_default();
        let who = format!("{}: {name}", caller.name());
        self.uses(&who, name, &call.arguments, is_uncertain)?;
        self.looks_up(&who, name, &call.arguments, is_uncertain)?;
        for argument in call.arguments.iter().flatten() {
            let path = argument.rsplit('=').next().unwrap_or_default();
            if !caller.tested.is_some_and(|tested| tested.contains(path)) {
                self.host_file(&who, path)?;
            }
        }
        if let Some((word, rest)) = wrapped(name, &call.arguments) {
            let call = Call {
                word: word.to_owned(),
                is_certain: call.is_certain,
                arguments: rest.to_vec(),
            };
            self.call(caller, &call)?;
        }
        if call.word.starts_with('/') {
            for flaw in self.programs().look(&call.word)?.flaws {
                self.script_flaw(caller, &call.word, &flaw, is_uncertain)?;
            }
        }
        if call.word.contains('/') || caller.is_open {
            return Ok(());
        }
        let Some(mut directories) = self.environment.path() else {
            return Ok(());
        };
        directories.extend(caller.path.iter().cloned());
        if self.programs().find(&call.word, &directories)? == Located::Missing
            && self.missed.insert((call.word.clone(), call.is_certain))
        {
            let on = if self.environment.sets_path() {
                "nothing that is inside and on PATH provides"
            } else {
                "nothing inside provides (the unit sets no PATH)"
            };
            let message = format!("{} calls {}, which {on}", caller.name(), call.word);
            self.lacks(
                Code::ScriptCommandMissing,
                is_uncertain,
                &call.word,
                message,
                Some(caller),
            );
        }
        Ok(())
    }

    fn script_flaw(
        &mut self,
        caller: &Caller,
        word: &str,
        flaw: &Flaw,
        is_uncertain: bool,
    ) -> Result<()> {
        let mut remedies = Vec::new();
        let is_of_store = |path: &str| self.inside().store_dir().owner(path).is_some();
        let reason = match flaw {
            Flaw::Missing { path } => {
                if !is_of_store(path) {
                    remedies = self.shown_at(path)?;
                }
                if path == word {
                    "which is not inside".to_owned()
                } else {
                    format!("which needs {path}, and that is not inside")
                }
            }
            Flaw::IsDirectory { .. } => "which is a directory".to_owned(),
            Flaw::NotExecutable { .. } => "which may not be executed".to_owned(),
            // The shell takes such a file for a script of its own.
            Flaw::UnknownFormat { .. } | Flaw::Machine { .. } => return Ok(()),
            Flaw::Unreadable { reason, .. } => {
                let message = format!(
                    "{} calls {word}, which was not looked at: {reason}",
                    caller.name()
                );
                self.say(Code::ScriptCommandMissing, true, word, message, Vec::new());
                return Ok(());
            }
            Flaw::Broken { reason, .. } => format!("which is broken: {reason}"),
            Flaw::Circle { .. } => "whose interpreters are scripts without end".to_owned(),
            Flaw::Interpreter { interpreter, .. } => {
                remedies = self.shown_at(interpreter)?;
                format!("a script for {interpreter}, which is not inside")
            }
            Flaw::Env { program, .. } => {
                let message = format!(
                    "{} calls {word}, a script whose env can't find {program}",
                    caller.name()
                );
                self.lacks(
                    Code::ScriptCommandMissing,
                    is_uncertain,
                    program,
                    message,
                    Some(caller),
                );
                return Ok(());
            }
            Flaw::Loader { loader, .. } => format!("whose loader {loader} is not inside"),
            Flaw::Library { library, .. } => {
                format!("which needs {library}, which is not on its library search path")
            }
        };
        self.say(
            Code::ScriptCommandMissing,
            is_uncertain,
            word,
            format!("{} calls {word}, {reason}", caller.name()),
            remedies,
        );
        Ok(())
    }

    /// Says that a command is not on `PATH`. What fixes that is told when all are known. `caller`: the script that looks for it.
    pub(super) fn lacks(
        &mut self,
        code: Code,
        is_uncertain: bool,
        command: &str,
        message: String,
        caller: Option<&Caller>,
    ) {
        let finding = self.foreseen.len();
        self.say(code, is_uncertain, command, message, Vec::new());
        if self.foreseen.len() > finding {
            let path = caller.map_or(&[][..], |caller| caller.path).to_vec();
            let is_own = caller.is_some_and(|caller| caller.replaces_path);
            let (own_path, added) = if is_own {
                (Some(path), Vec::new())
            } else {
                (None, path)
            };
            self.lacking.push(Lacking {
                finding,
                command: command.to_owned(),
                own_path,
                added,
            });
        }
    }
}
