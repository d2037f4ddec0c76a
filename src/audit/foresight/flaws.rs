//! Why a program will not run, and what mends it.

use super::Seer;
use crate::audit::Remedy;
use crate::audit::providers::provider;
use crate::inspect::Flaw;

impl Seer<'_> {
    pub(super) fn flaw(
        &mut self,
        setting: &str,
        place: &str,
        command: &str,
        flaw: &Flaw,
        harmless: bool,
    ) {
        let via = |path: &str| via(command, path);
        match flaw {
            Flaw::Missing { path } => {
                let (message, remedies) = if path == "/bin/sh" {
                    (
                        format!("{place} runs /bin/sh, and there is none inside"),
                        vec![self.shell_remedy()],
                    )
                } else if let Some(owner) = self.inside().store_dir().owner(path)
                    && self.is_bare(path)
                {
                    (
                        format!(
                            "{place} runs {path}, which its string names without context, so that the service does not see it{}",
                            via(path)
                        ),
                        vec![self.take_in(owner.as_str())],
                    )
                } else if self.inside().store_dir().owner(path).is_some() {
                    (
                        format!("{place} runs {path}, which does not exist{}", via(path)),
                        Vec::new(),
                    )
                } else {
                    let name = path.rsplit('/').next().unwrap_or(path);
                    (
                        format!("{place} runs {path}, which is not inside{}", via(path)),
                        vec![self.nixos(
                            "to name it by its store path",
                            &format!("serviceConfig.{setting}"),
                            &format!(
                                "\"${{pkgs.{}}}/bin/{name} …\"",
                                provider(name).unwrap_or(name)
                            ),
                        )],
                    )
                };
                self.say("command-missing", harmless, path, message, remedies);
            }
            Flaw::IsDirectory { path } => {
                self.say(
                    "command-missing",
                    harmless,
                    path,
                    format!("{place} runs {path}, which is a directory"),
                    Vec::new(),
                );
            }
            Flaw::NotExecutable { path } => {
                self.say(
                    "command-missing",
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
                self.interpreter_flaw(place, flaw, harmless);
            }
            _ => self.file_flaw(place, command, flaw, harmless),
        }
    }

    fn interpreter_flaw(&mut self, place: &str, flaw: &Flaw, harmless: bool) {
        match flaw {
            Flaw::Interpreter { path, interpreter } => {
                let remedies = if interpreter == "/bin/sh" {
                    vec![self.shell_remedy()]
                } else {
                    let name = interpreter.rsplit('/').next().unwrap_or_default();
                    vec![self.nixos(
                        "to show one there",
                        "serviceConfig.BindReadOnlyPaths",
                        &format!(
                            "[ \"${{pkgs.{}}}/bin/{name}:{interpreter}\" ]",
                            provider(name).unwrap_or(name)
                        ),
                    )]
                };
                let message =
                    format!("{place} runs {path}, a script for {interpreter}, which is not inside");
                self.say(
                    "interpreter-missing",
                    harmless,
                    interpreter,
                    message,
                    remedies,
                );
            }
            Flaw::Env { path, program } => {
                let message = format!(
                    "{place} runs {path}, for which env looks for {program} on PATH, and nothing there provides it"
                );
                let remedies = self.package_remedy(program);
                self.say("interpreter-missing", harmless, program, message, remedies);
            }
            Flaw::Loader { path, loader } => {
                let message = format!("{place} runs {path}, whose loader {loader} is not inside");
                self.say("interpreter-missing", harmless, loader, message, Vec::new());
            }
            _ => {}
        }
    }

    fn file_flaw(&mut self, place: &str, command: &str, flaw: &Flaw, harmless: bool) {
        let via = |path: &str| via(command, path);
        match flaw {
            Flaw::UnknownFormat { path } => {
                let message = format!(
                    "{place} runs {path}, which is neither a binary nor a script with #!{}",
                    via(path)
                );
                self.say("not-a-program", harmless, path, message, Vec::new());
            }
            Flaw::Unreadable { path, reason } => {
                let message = format!("{place} needs {path}, which was not looked at: {reason}");
                self.say("not-a-program", true, path, message, Vec::new());
            }
            Flaw::Broken { path, reason } => {
                self.say(
                    "not-a-program",
                    harmless,
                    path,
                    format!("{place} needs {path}, which is broken: {reason}"),
                    Vec::new(),
                );
            }
            Flaw::Circle { path } => {
                self.say(
                    "not-a-program",
                    harmless,
                    path,
                    format!("{place} runs {path}, whose interpreters are scripts without end"),
                    Vec::new(),
                );
            }
            Flaw::Library { path, library } => {
                let message = format!(
                    "{place} needs {library}{}, which is nowhere where the loader looks for {path}",
                    via(path)
                );
                self.say("library-missing", harmless, library, message, Vec::new());
            }
            Flaw::Machine { path, machine } => {
                let message = format!("{place} needs {path}, which is built for {machine}");
                self.say("wrong-architecture", true, path, message, Vec::new());
            }
            _ => {}
        }
    }

    pub(super) fn package_remedy(&self, command: &str) -> Vec<Remedy> {
        // Where PATH names a directory that this machine has, its package is the one that was meant.
        vec![self.nixos(
            "to take it in",
            "confinement.packages",
            &format!("[ pkgs.{} ]", provider(command).unwrap_or(command)),
        )]
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
