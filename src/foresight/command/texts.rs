//! Scripts and configurations: found here, read by the [`Knower`] of the program.

use anyhow::Result;

use super::Step;
use super::acts::Acting;
use super::calls::Caller;
use crate::code::Code;
use crate::document::Kind;
use crate::foresight::known::{Effect, Invocation, Knower, Reading, Source, Use, known};
use crate::foresight::trouble::{Outlook, Trouble};
use crate::root::Found;

impl Step<'_> {
    /// A script that a program runs. `invocation`: of its interpreter; `what`: its name in messages.
    pub(super) fn script(
        &self,
        acting: &Acting,
        invocation: &Invocation,
        what: &str,
        text: &str,
        seen: &mut Outlook,
    ) -> Result<()> {
        seen.texts.push_str(text);
        let knower = known(invocation.name);
        match knower.map(|knower| knower.read(invocation, text)) {
            Some(Ok(mut reading)) => {
                if text.trim_end().lines().count() == 1 {
                    reading.lines.clear();
                }
                let who = format!("{}: {what}", self.place);
                self.follow(&who, acting, invocation, reading, seen)?;
            }
            Some(Err(reason)) => {
                let message = format!("{} runs {what}, which {reason}", acting.place);
                seen.say(Trouble::new(Code::ScriptNotUnderstood, what, message).uncertain_if(true));
            }
            None => {}
        }
        seen.note(&self.sight, what, text);
        Ok(())
    }

    /// A script that is an argument of an interpreter. `by`: the interpreter in messages.
    pub(super) fn script_of(
        &self,
        acting: &Acting,
        invocation: &Invocation,
        script: Source,
        by: &str,
        seen: &mut Outlook,
    ) -> Result<()> {
        let path = match script {
            Source::Text(text) => {
                return self.script(acting, invocation, "its text", &text, seen);
            }
            Source::File(path) => path,
        };
        if !path.starts_with('/') || path.contains(['%', '$']) {
            return Ok(());
        }
        let place = acting.place;
        match self.sight.inside.look(&path)? {
            Found::File { file, .. } => match self.sight.inside.read(&file, Kind::Script) {
                Ok(None) => {}
                Ok(Some(text)) => {
                    let text = String::from_utf8_lossy(&text);
                    self.script(acting, invocation, &path, &text, seen)?;
                }
                Err(error) => {
                    let message = format!("{place} runs {path}, which was not checked: {error:#}");
                    seen.say(
                        Trouble::new(Code::ScriptNotUnderstood, path, message).uncertain_if(true),
                    );
                }
            },
            Found::Missing => {
                let message =
                    format!("{place} has {by} run {path}, which is not in the service's root");
                let trouble = Trouble::new(Code::CommandMissing, &path, message)
                    .uncertain_if(acting.caller.harmless)
                    .fixed_by(self.sight.file_remedies(&path, Use::Reads));
                seen.say(trouble);
            }
            Found::Directory | Found::Unknown => {}
        }
        Ok(())
    }

    /// A configuration that the command reads. Only files of the closure can be read.
    pub(super) fn configuration_of(
        &self,
        acting: &Acting,
        knower: &dyn Knower,
        invocation: &Invocation,
        path: &str,
        seen: &mut Outlook,
    ) -> Result<()> {
        let original = self.original(path, seen);
        let Found::File { file, .. } = self.sight.inside.look(original)? else {
            return Ok(());
        };
        let place = acting.who;
        let problem = match self.sight.inside.read(&file, Kind::Configuration) {
            Ok(None) => return Ok(()),
            Ok(Some(text)) => match knower.read(invocation, &String::from_utf8_lossy(&text)) {
                Ok(reading) => return self.follow(place, acting, invocation, reading, seen),
                Err(reason) => reason,
            },
            Err(error) => format!("was not checked: {error:#}"),
        };
        let message = format!("{place} reads {path}, which {problem}");
        seen.say(Trouble::new(Code::ScriptNotUnderstood, path, message).uncertain_if(true));
        Ok(())
    }

    /// Checks what a text makes a program do. `who`: the program in messages; `invocation`: of the program that reads the text.
    fn follow(
        &self,
        who: &str,
        acting: &Acting,
        invocation: &Invocation,
        reading: Reading,
        seen: &mut Outlook,
    ) -> Result<()> {
        let mut caller = Caller {
            who: who.to_owned(),
            harmless: acting.caller.harmless,
            environment: acting.caller.environment.clone(),
            directory: acting.caller.directory.clone(),
            tested: reading.tested,
            depth: acting.caller.depth,
            is_service: acting.caller.is_service,
        };
        let mut lines = reading.lines.into_iter();
        for effect in reading.effects {
            if let Some(line) = lines.next() {
                caller.who = format!("{who}:{line}");
            }
            match effect {
                Effect::Starts(started) => {
                    self.call(&caller, started, seen)?;
                }
                Effect::Runs {
                    script: Source::File(path),
                    by,
                } => {
                    if seen.reads_in(&path) {
                        let read_in = Invocation {
                            arguments: &[Some(path.clone())],
                            written: &[],
                            ..*invocation
                        };
                        self.script_of(acting, &read_in, Source::File(path), &by, seen)?;
                    }
                }
                effect => {
                    self.effect(&caller.who, caller.harmless, effect, seen)?;
                }
            }
        }
        Ok(())
    }
}
