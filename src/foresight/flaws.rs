//! Why a program will not run, and what fixes it.

use anyhow::Result;

use super::Seer;
use crate::code::Code;
use crate::inspect::{Command, Flaw};
use crate::service::ExecSetting;

impl Seer<'_> {
    /// What is wrong with the program of a command, which is in this line of a setting.
    pub(super) fn flaw(
        &mut self,
        setting: ExecSetting,
        place: &str,
        line: &str,
        command: &Command,
        flaw: &Flaw,
    ) -> Result<()> {
        let harmless = command.may_fail();
        let program = command.program.as_str();
        let via = |path: &str| via(program, path);
        match flaw {
            Flaw::Missing { path } => {
                let remedies;
                let message = if path == "/bin/sh" {
                    remedies = self.shell_remedy();
                    format!("{place} runs /bin/sh, and there is none inside")
                } else if let Some(owner) = self.inside().store_dir().owner(path)
                    && self.is_bare(path)
                {
                    remedies = self.take_in(owner.as_str());
                    format!(
                        "{place} runs {path}, which its string names without context, so that the service does not see it{}",
                        via(path)
                    )
                } else if self.inside().store_dir().owner(path).is_some() {
                    remedies = Vec::new();
                    format!("{place} runs {path}, which does not exist{}", via(path))
                } else {
                    remedies = if path == program {
                        self.named_by_path(setting, line, path)?
                    } else {
                        self.shown_at(path)?
                    };
                    format!("{place} runs {path}, which is not inside{}", via(path))
                };
                self.say(Code::CommandMissing, harmless, path, message, remedies);
            }
            Flaw::IsDirectory { path } => {
                self.say(
                    Code::CommandMissing,
                    harmless,
                    path,
                    format!("{place} runs {path}, which is a directory"),
                    Vec::new(),
                );
            }
            Flaw::NotExecutable { path } => {
                self.say(
                    Code::CommandMissing,
                    harmless,
                    path,
                    format!(
                        "{place} runs {path}, which may not be executed{}",
                        via(path)
                    ),
                    Vec::new(),
                );
            }
            Flaw::Interpreter { .. } | Flaw::Env { .. } | Flaw::Loader { .. } => {
                self.interpreter_flaw(place, flaw, harmless)?;
            }
            _ => self.file_flaw(place, program, flaw, harmless),
        }
        Ok(())
    }

    fn interpreter_flaw(&mut self, place: &str, flaw: &Flaw, harmless: bool) -> Result<()> {
        match flaw {
            Flaw::Interpreter { path, interpreter } => {
                let remedies = self.shown_at(interpreter)?;
                let message =
                    format!("{place} runs {path}, a script for {interpreter}, which is not inside");
                self.say(
                    Code::InterpreterMissing,
                    harmless,
                    interpreter,
                    message,
                    remedies,
                );
            }
            Flaw::Env { path, program } => {
                let message = format!(
                    "{place} runs {path}, a script whose env can't find {program}: nothing on PATH provides it"
                );
                self.lacks(Code::InterpreterMissing, harmless, program, message, None);
            }
            Flaw::Loader { path, loader } => {
                let message = format!("{place} runs {path}, whose loader {loader} is not inside");
                self.say(
                    Code::InterpreterMissing,
                    harmless,
                    loader,
                    message,
                    Vec::new(),
                );
            }
            _ => {}
        }
        Ok(())
    }

    fn file_flaw(&mut self, place: &str, command: &str, flaw: &Flaw, harmless: bool) {
        let via = |path: &str| via(command, path);
        match flaw {
            Flaw::UnknownFormat { path } => {
                let message = format!(
                    "{place} runs {path}, which is neither a binary nor a script with #!{}",
                    via(path)
                );
                self.say(Code::NotAProgram, harmless, path, message, Vec::new());
            }
            Flaw::Unreadable { path, reason } => {
                let message = format!("{place} needs {path}, which was not looked at: {reason}");
                self.say(Code::NotAProgram, true, path, message, Vec::new());
            }
            Flaw::Broken { path, reason } => {
                self.say(
                    Code::NotAProgram,
                    harmless,
                    path,
                    format!("{place} needs {path}, which is broken: {reason}"),
                    Vec::new(),
                );
            }
            Flaw::Circle { path } => {
                self.say(
                    Code::NotAProgram,
                    harmless,
                    path,
                    format!("{place} runs {path}, whose interpreters are scripts without end"),
                    Vec::new(),
                );
            }
            Flaw::Library { path, library } => {
                let message = format!(
                    "{place} needs {library}{}, which is not on the library search path of {path}",
                    via(path)
                );
                self.say(Code::LibraryMissing, harmless, library, message, Vec::new());
            }
            Flaw::Machine { path, machine } => {
                let message = format!("{place} needs {path}, which is built for {machine}");
                self.say(Code::WrongArchitecture, true, path, message, Vec::new());
            }
            _ => {}
        }
    }
}

/// Which command a path is needed for, where it is not the command itself.
fn via(command: &str, path: &str) -> String {
    if path == command {
        String::new()
    } else {
        format!(" (for {command})")
    }
}
