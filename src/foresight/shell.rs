//! Scripts, and texts that a shell is given.

use anyhow::Result;

use super::Seer;
use super::missing::Use;
use crate::code::Code;
use crate::document::Kind;
use crate::inspect::{Command, Found, Program};

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
                    match self.inside().look(argument)? {
                        Found::File { file, .. } => match self.inside().read(&file, Kind::Script) {
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
                                    Code::ScriptNotUnderstood,
                                    true,
                                    argument,
                                    message,
                                    Vec::new(),
                                );
                            }
                        },
                        Found::Missing => {
                            let message =
                                format!("{place} has a shell run {argument}, which is not inside");
                            let remedies = self.file_remedies(argument, Use::Reads);
                            let harmless = command.may_fail();
                            self.say(Code::CommandMissing, harmless, argument, message, remedies);
                        }
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
            self.before.push_str(text);
        }
        Ok(())
    }
}
