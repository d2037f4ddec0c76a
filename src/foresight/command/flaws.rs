//! Why a program of the unit will not run, and what fixes it.

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::finding::Remedy;
use crate::foresight::trouble::Trouble;
use crate::inspect::Flaw;

impl Step<'_> {
    /// What comes of a flaw of the command's program.
    pub(super) fn flaw(&self, flaw: &Flaw) -> Result<Trouble> {
        let place = self.place;
        let mut remedies = Vec::new();
        let mut lacking = None;
        let (code, subject, message) = match flaw {
            Flaw::Missing { path } => {
                let trouble = self.missing(path)?;
                return Ok(trouble.uncertain_if(self.command.may_fail()));
            }
            Flaw::IsDirectory { path } => {
                let message = format!("{place} runs {path}, which is a directory");
                (Code::CommandMissing, path, message)
            }
            Flaw::NotExecutable { path } => {
                let via = self.via(path);
                let message = format!("{place} runs {path}, which is not executable{via}");
                (Code::CommandMissing, path, message)
            }
            Flaw::UnknownFormat { path } => {
                let via = self.via(path);
                let message = format!(
                    "{place} runs {path}, which is neither a binary nor a script with #!{via}"
                );
                (Code::NotAProgram, path, message)
            }
            Flaw::Unreadable { path, reason } => {
                let message = format!("{place} needs {path}, which was not checked: {reason}");
                (Code::NotAProgram, path, message)
            }
            Flaw::Broken { path, reason } => {
                let message = format!("{place} needs {path}, which is broken: {reason}");
                (Code::NotAProgram, path, message)
            }
            Flaw::Circle { path } => {
                let message =
                    format!("{place} runs {path}, which has an endless chain of interpreters");
                (Code::NotAProgram, path, message)
            }
            Flaw::Interpreter { path, interpreter } => {
                remedies = self.sight.shown_at(interpreter)?;
                let message = format!(
                    "{place} runs {path}, a script for {interpreter}, which is not in the service's root"
                );
                (Code::InterpreterMissing, interpreter, message)
            }
            Flaw::Env { path, program } => {
                lacking = Some(self.lacking(program, self.sight.around.environment));
                let message = format!(
                    "{place} runs {path}, a script whose env can't find {program}: nothing on PATH provides it"
                );
                (Code::InterpreterMissing, program, message)
            }
            Flaw::Loader { path, loader } => {
                let message = format!(
                    "{place} runs {path}, whose loader {loader} is not in the service's root"
                );
                (Code::InterpreterMissing, loader, message)
            }
            Flaw::Library { path, library } => {
                let via = self.via(path);
                let message = format!(
                    "{place} needs {library}{via}, which is not on the library search path of {path}"
                );
                (Code::LibraryMissing, library, message)
            }
            Flaw::Machine { path, machine } => {
                let message = format!("{place} needs {path}, which is built for {machine}");
                (Code::WrongArchitecture, path, message)
            }
        };
        let mut trouble = Trouble::new(code, subject, message).fixed_by(remedies);
        trouble.lacking = lacking;
        // The host may read the one, and emulate the other.
        let is_uncertain = matches!(flaw, Flaw::Unreadable { .. } | Flaw::Machine { .. });
        Ok(trouble.uncertain_if(is_uncertain || self.command.may_fail()))
    }

    fn missing(&self, path: &str) -> Result<Trouble> {
        let (place, sight) = (self.place, &self.sight);
        let owner = sight.inside.store_dir().owner(path);
        let via = self.via(path);
        let remedies: Vec<Remedy>;
        let message = if path == "/bin/sh" {
            remedies = sight.shell_remedy();
            format!("{place} runs /bin/sh, which is not in the service's root")
        } else if let Some(owner) = &owner
            && sight.is_bare(path)
        {
            remedies = sight.take_in(owner.as_str());
            format!(
                "{place} runs {path}, which its string names without context, so the service does not see it{via}"
            )
        } else if owner.is_some() {
            remedies = Vec::new();
            format!("{place} runs {path}, which does not exist{via}")
        } else {
            remedies = if path == self.command.program {
                sight.named_by_path(self.setting, self.line, path)?
            } else {
                sight.shown_at(path)?
            };
            format!("{place} runs {path}, which is not in the service's root{via}")
        };
        Ok(Trouble::new(Code::CommandMissing, path, message).fixed_by(remedies))
    }

    /// Which command a path is needed for, where it is not the command itself.
    fn via(&self, path: &str) -> String {
        let program = &self.command.program;
        if path == program {
            String::new()
        } else {
            format!(" (for {program})")
        }
    }
}
