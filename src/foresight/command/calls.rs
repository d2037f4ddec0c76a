//! Programs that scripts and other programs start.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::foresight::known::{Effect, Invocation, SearchPath, Started, known_of};
use crate::foresight::trouble::{Lacking, Outlook, Trouble};
use crate::inspect::{Flaw, Located};

/// A script or a program that starts programs.
pub(super) struct Caller {
    /// Its name in messages.
    pub who: String,
    /// Whether the service continues if it fails.
    pub harmless: bool,
    /// Where programs are looked for.
    pub search: Arc<SearchPath>,
    /// Paths that it tests before it uses them.
    pub tested: BTreeSet<String>,
}

impl Caller {
    /// One that has done nothing to `PATH` and tests nothing.
    pub fn of(who: String, harmless: bool) -> Self {
        Self {
            who,
            harmless,
            search: Arc::default(),
            tested: BTreeSet::new(),
        }
    }
}

impl Step<'_> {
    /// Checks a program that is started, and returns the files whose use is known.
    pub(super) fn call(
        &self,
        caller: &Caller,
        started: &Started,
        seen: &mut Outlook,
    ) -> Result<BTreeSet<String>> {
        let word = started.word.as_str();
        let is_uncertain = !started.is_certain || caller.harmless;
        let name = word.rsplit('/').next().unwrap_or_default();
        let who = format!("{}: {name}", caller.who);
        let search = started.search.as_ref().unwrap_or(&caller.search);
        let mut used = BTreeSet::new();
        let mut more = Vec::new();
        let invocation = Invocation {
            name,
            file: None,
            arguments: &started.arguments,
            written: &[],
            around: self.sight.around,
            tests: &|flag, path| self.test(flag, path),
        };
        for effect in known_of(&invocation).flat_map(|it| it.effects(&invocation)) {
            match effect {
                Effect::Starts(started) => more.push(started),
                effect => used.extend(self.effect(&who, is_uncertain, effect, seen)?),
            }
        }
        let words = started.arguments.iter().flatten().map(String::as_str);
        self.configured(&who, name, words, is_uncertain, seen)?;
        for argument in started.arguments.iter().flatten() {
            let path = argument.rsplit('=').next().unwrap_or_default();
            if !caller.tested.contains(path) && !used.contains(path) {
                seen.troubles.extend(self.host_file(&who, path)?);
            }
        }
        for next in more {
            let next = Started {
                is_certain: started.is_certain && next.is_certain,
                search: next.search.or_else(|| Some(search.clone())),
                ..next
            };
            used.extend(self.call(caller, &next, seen)?);
        }
        if word.starts_with('/') {
            for flaw in self.sight.programs.look(word)?.flaws {
                let trouble = self.flaw_of_call(&caller.who, search, word, &flaw)?;
                let trouble = trouble.map(|trouble| trouble.uncertain_if(is_uncertain));
                seen.troubles.extend(trouble);
            }
        } else if !word.contains('/') && self.is_missing(word, search)? {
            let on = if self.sight.around.environment.sets_path() {
                "nothing on PATH in the service's root provides"
            } else {
                "nothing in the service's root provides (the unit sets no PATH)"
            };
            let message = format!("{} calls {word}, which {on}", caller.who);
            let mut trouble = Trouble::new(Code::ScriptCommandMissing, word, message);
            trouble.lacking = Some(Lacking::of(word, search));
            seen.say(trouble.uncertain_if(is_uncertain));
        }
        Ok(used)
    }

    /// Whether it is certain that no directory on `PATH` has a program of this name.
    fn is_missing(&self, name: &str, search: &SearchPath) -> Result<bool> {
        if search.is_open {
            return Ok(false);
        }
        let Some(mut directories) = self.sight.around.environment.path() else {
            return Ok(false);
        };
        directories.extend(search.added.iter().cloned());
        Ok(self.sight.programs.find(name, &directories)? == Located::Missing)
    }

    /// What is wrong with a program that is called by its path.
    fn flaw_of_call(
        &self,
        who: &str,
        search: &SearchPath,
        word: &str,
        flaw: &Flaw,
    ) -> Result<Option<Trouble>> {
        let code = Code::ScriptCommandMissing;
        let mut remedies = Vec::new();
        let reason = match flaw {
            Flaw::Missing { path } => {
                if self.sight.inside.store_dir().owner(path).is_none() {
                    remedies = self.sight.shown_at(path)?;
                }
                if path == word {
                    "which is not in the service's root".to_owned()
                } else {
                    format!("which needs {path}, missing from the service's root")
                }
            }
            Flaw::IsDirectory { .. } => "which is a directory".to_owned(),
            Flaw::NotExecutable { .. } => "which is not executable".to_owned(),
            // The shell takes such a file for a script of its own.
            Flaw::UnknownFormat { .. } | Flaw::Machine { .. } => return Ok(None),
            Flaw::Unreadable { reason, .. } => {
                let message = format!("{who} calls {word}, which was not checked: {reason}");
                return Ok(Some(Trouble::new(code, word, message).uncertain_if(true)));
            }
            Flaw::Broken { reason, .. } => format!("which is broken: {reason}"),
            Flaw::Circle { .. } => "which has an endless chain of interpreters".to_owned(),
            Flaw::Interpreter { interpreter, .. } => {
                remedies = self.sight.shown_at(interpreter)?;
                format!("a script for {interpreter}, which is not in the service's root")
            }
            Flaw::Env { program, .. } => {
                let message =
                    format!("{who} calls {word}, a script whose env can't find {program}");
                let mut trouble = Trouble::new(code, program, message);
                trouble.lacking = Some(Lacking::of(program, search));
                return Ok(Some(trouble));
            }
            Flaw::Loader { loader, .. } => {
                format!("whose loader {loader} is not in the service's root")
            }
            Flaw::Library { library, .. } => {
                format!("which needs {library}, which is not on its library search path")
            }
        };
        let message = format!("{who} calls {word}, {reason}");
        Ok(Some(Trouble::new(code, word, message).fixed_by(remedies)))
    }
}
