//! Shell scripts, and texts that a shell is given.

use anyhow::Result;

use super::Seer;
use crate::inspect::{Command, Flaw, Found, Lookup, Program, read_script};

impl Seer<'_> {
    pub(super) fn shell_arguments(
        &mut self,
        place: &str,
        command: &Command,
        shell: &Program,
    ) -> Result<()> {
        let mut errexit = false;
        let mut arguments = command.arguments.iter();
        while let Some(argument) = arguments.next() {
            let Some(flags) = argument.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
                if argument.starts_with('/') && !argument.contains(['%', '$']) {
                    match self.inside.look(argument)? {
                        Found::File { file, .. } => match self.inside.read(&file) {
                            Ok(None) => {}
                            Ok(Some(data)) => {
                                let text = String::from_utf8_lossy(&data).into_owned();
                                self.shell_text(
                                    place,
                                    argument,
                                    &text,
                                    errexit,
                                    shell,
                                    command.may_fail(),
                                )?;
                            }
                            Err(error) => {
                                let message = format!(
                                    "{place} runs {argument}, which was not looked at: {error:#}"
                                );
                                self.say(
                                    "script-not-understood",
                                    true,
                                    argument,
                                    message,
                                    Vec::new(),
                                );
                            }
                        },
                        Found::Missing => self.say(
                            "command-missing",
                            command.may_fail(),
                            argument,
                            format!("{place} has a shell run {argument}, which is not inside"),
                            Vec::new(),
                        ),
                        Found::Directory | Found::Unknown => {}
                    }
                }
                return Ok(());
            };
            errexit |= !flags.starts_with('-') && flags.contains('e');
            if !flags.starts_with('-') && flags.contains('c') {
                if let Some(text) = arguments.next() {
                    self.shell_text(place, "its text", text, errexit, shell, command.may_fail())?;
                }
                return Ok(());
            }
        }
        Ok(())
    }

    pub(super) fn script(
        &mut self,
        place: &str,
        path: &str,
        program: &Program,
        harmless: bool,
    ) -> Result<()> {
        if let Some(text) = &program.shell_script {
            return self.shell_text(place, path, text, program.errexit, program, harmless);
        }
        if let Some(text) = &program.text {
            self.store_paths(path, text);
        }
        Ok(())
    }

    fn shell_text(
        &mut self,
        place: &str,
        what: &str,
        text: &str,
        errexit: bool,
        shell: &Program,
        harmless: bool,
    ) -> Result<()> {
        let script = match read_script(text, errexit) {
            Ok(script) => script,
            Err(reason) => {
                self.say(
                    "script-not-understood",
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
        let knows_more = shell
            .file
            .as_deref()
            .is_some_and(|file| file.contains("busybox"));
        for call in &script.calls {
            if call.word.contains('/') {
                if !call.word.starts_with('/') {
                    continue;
                }
                for flaw in self.programs.look(&call.word)?.flaws {
                    self.script_flaw(place, what, &call.word, &flaw, !call.is_certain || harmless);
                }
                continue;
            }
            let Some(mut directories) = self
                .environment
                .path()
                .filter(|_| !script.is_open && !knows_more)
            else {
                continue;
            };
            directories.extend(script.path.iter().cloned());
            if self.programs.find(&call.word, &directories)? == Lookup::Missing
                && self.missed.insert((call.word.clone(), call.is_certain))
            {
                let on = if self.environment.sets_path() {
                    "nothing that is inside and on PATH provides"
                } else {
                    "nothing inside provides (the unit sets no PATH)"
                };
                let message = format!("{place}: {what} calls {}, which {on}", call.word);
                let remedies = self.package_remedy(&call.word);
                self.say(
                    "script-command-missing",
                    !call.is_certain || harmless,
                    &call.word,
                    message,
                    remedies,
                );
            }
        }
        self.store_paths(what, text);
        Ok(())
    }

    fn script_flaw(
        &mut self,
        place: &str,
        what: &str,
        word: &str,
        flaw: &Flaw,
        is_uncertain: bool,
    ) {
        let reason = match flaw {
            Flaw::Missing { path } if path == word => "which is not inside".to_owned(),
            Flaw::Missing { path } => format!("which needs {path}, and that is not inside"),
            Flaw::IsDirectory { .. } => "which is a directory".to_owned(),
            Flaw::NotExecutable { .. } => "which may not be executed".to_owned(),
            // The shell takes such a file for a script of its own.
            Flaw::UnknownFormat { .. } | Flaw::Machine { .. } => return,
            Flaw::Unreadable { reason, .. } => {
                let message =
                    format!("{place}: {what} calls {word}, which was not looked at: {reason}");
                return self.say("script-command-missing", true, word, message, Vec::new());
            }
            Flaw::Broken { reason, .. } => format!("which is broken: {reason}"),
            Flaw::Circle { .. } => "whose interpreters are scripts without end".to_owned(),
            Flaw::Interpreter { interpreter, .. } => {
                format!("a script for {interpreter}, which is not inside")
            }
            Flaw::Env { program, .. } => format!("for which env looks for {program} in vain"),
            Flaw::Loader { loader, .. } => format!("whose loader {loader} is not inside"),
            Flaw::Library { library, .. } => {
                format!("which needs {library}, and that is nowhere where the loader looks")
            }
        };
        self.say(
            "script-command-missing",
            is_uncertain,
            word,
            format!("{place}: {what} calls {word}, {reason}"),
            Vec::new(),
        );
    }
}
