//! What shell scripts call, read and write.

use std::collections::BTreeSet;

use anyhow::Result;

use super::Seer;
use crate::inspect::{Call, Flaw, Lookup, Program, read_script};

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
        let script = match read_script(text, errexit, &|flag, path| inside.test(flag, path)) {
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
        let who = format!("{place}: {what}");
        for opened in &script.opened {
            self.opens(&who, opened, harmless)?;
        }
        for call in &script.calls {
            let is_uncertain = !call.is_certain || harmless;
            self.call_effects(&who, call, &script.tested, is_uncertain)?;
            if call.word.contains('/') {
                if !call.word.starts_with('/') {
                    continue;
                }
                for flaw in self.programs().look(&call.word)?.flaws {
                    self.script_flaw(place, what, &call.word, &flaw, is_uncertain);
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
            if self.programs().find(&call.word, &directories)? == Lookup::Missing
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
                    is_uncertain,
                    &call.word,
                    message,
                    remedies,
                );
            }
        }
        self.store_paths(what, text);
        Ok(())
    }

    /// What a call does to files, and whom it looks up.
    fn call_effects(
        &mut self,
        who: &str,
        call: &Call,
        tested: &BTreeSet<String>,
        is_uncertain: bool,
    ) -> Result<()> {
        let name = call.word.rsplit('/').next().unwrap_or_default();
        let who = format!("{who}: {name}");
        self.uses(&who, name, &call.arguments, is_uncertain)?;
        self.looks_up(&who, name, &call.arguments, is_uncertain)?;
        for argument in call.arguments.iter().flatten() {
            let path = argument.rsplit('=').next().unwrap_or_default();
            if !tested.contains(path) {
                self.host_file(&who, path)?;
            }
        }
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
