//! Programs that scripts and other programs start.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;

use super::Step;
use super::acts::Acting;
use super::named::Named;
use crate::code::Code;
use crate::foresight::known::{Directory, Started, run_by};
use crate::foresight::trouble::{Called, Lacking, Outlook, Trouble};
use crate::inspect::{Environment, Flaw, Located, Program};

/// As many programs may start each other; what comes after them is not followed.
const MAX_DEPTH: usize = 12;

/// A script or a program that starts programs.
pub(super) struct Caller {
    /// Its name in messages.
    pub who: String,
    /// Whether the service continues if it fails.
    pub harmless: bool,
    /// Its variables.
    pub environment: Arc<Environment>,
    /// Paths that it tests before it uses them.
    pub tested: BTreeSet<String>,
    /// The directory that it is in; `None` if it is not known.
    pub directory: Option<String>,
    /// How many programs have started each other up to it.
    pub depth: usize,
    /// Whether it is the service: the command of the unit, or what that ends with.
    pub is_service: bool,
}

impl Caller {
    /// One that has done nothing to its environment and tests nothing.
    pub fn of(who: String, harmless: bool) -> Self {
        Self {
            who,
            harmless,
            environment: Arc::default(),
            directory: None,
            tested: BTreeSet::new(),
            depth: 0,
            is_service: true,
        }
    }
}

impl Step<'_> {
    /// Checks a program that is started, and returns the files whose use is known.
    pub(super) fn call(
        &self,
        caller: &Caller,
        started: Started,
        seen: &mut Outlook,
    ) -> Result<BTreeSet<String>> {
        let directory = match started.directory {
            Directory::OfStarter => caller.directory.clone(),
            Directory::At(path) => Some(path),
            Directory::Unknown => None,
        };
        let word = started.word.as_str();
        let is_uncertain = !started.is_certain || caller.harmless;
        let environment = started.environment.as_ref().unwrap_or(&caller.environment);
        let path = match self.locate(word, environment)? {
            Located::Found(path) => Some(path),
            Located::Unknown => None,
            Located::Missing => {
                let trouble = self.not_on_path(&caller.who, word, environment);
                seen.say(trouble.uncertain_if(is_uncertain));
                None
            }
        };
        let program = match &path {
            Some(path) => self.sight.programs.within(environment).look(path)?,
            None => Program::default(),
        };
        for flaw in &program.flaws {
            let trouble = self.flaw_of_call(&caller.who, environment, word, flaw)?;
            let trouble = trouble.map(|trouble| trouble.uncertain_if(is_uncertain));
            seen.troubles.extend(trouble);
        }
        let is_called = Called {
            path: path.clone(),
            arguments: started.arguments.clone(),
            directory: directory.clone(),
            is_uncertain,
        };
        if caller.depth >= MAX_DEPTH || !seen.followed(is_called) {
            return Ok(BTreeSet::new());
        }
        let name = word.rsplit('/').next().unwrap_or_default();
        let who = format!("{}: {name}", caller.who);
        let acting = Acting {
            who: &who,
            place: &caller.who,
            path: path.as_deref().unwrap_or(word),
            program: &program,
            arguments: &started.arguments,
            written: &[],
            caller: Caller {
                who: caller.who.clone(),
                harmless: is_uncertain,
                environment: environment.clone(),
                directory,
                tested: caller.tested.clone(),
                depth: caller.depth + 1,
                is_service: caller.is_service && started.is_last,
            },
        };
        let used = self.act(&acting, seen)?;
        let run = run_by(name, &started.arguments);
        let run = run.filter(|(name, _)| self.sight.around.programs.get(name).is_some());
        let (name, start) = run.unwrap_or((name, 0));
        let words = started.arguments.iter().skip(start).flatten();
        let words = words.map(String::as_str);
        self.configured(&who, name, words, is_uncertain, seen)?;
        let Some(mut used) = used else {
            return Ok(BTreeSet::new());
        };
        for named in Named::all(started.arguments.iter().map(Option::as_deref)) {
            let path = named.path;
            let is_known = caller.tested.contains(path) || seen.has_made(path);
            if !is_known && !started.is_handled && used.insert(path.to_owned()) {
                seen.troubles.extend(self.host_file(&who, &named)?);
            }
        }
        Ok(used)
    }

    /// Where a program is that is called by this word.
    pub(super) fn locate(&self, word: &str, environment: &Environment) -> Result<Located> {
        if word.starts_with('/') {
            return Ok(Located::Found(word.to_owned()));
        }
        let directories = environment.path().filter(|_| !word.contains('/'));
        let Some(directories) = directories else {
            return Ok(Located::Unknown);
        };
        let found = self.sight.programs.find(word, &directories)?;
        // What is new when the service starts, it may fill itself.
        let is_fresh = |dir: &String| self.sight.inside.is_fresh(dir) || !dir.starts_with('/');
        Ok(match found {
            Located::Missing if directories.iter().any(is_fresh) => Located::Unknown,
            found => found,
        })
    }

    /// A command that is on no directory of `PATH`.
    fn not_on_path(&self, who: &str, word: &str, environment: &Environment) -> Trouble {
        let on = if environment.sets_path() {
            "nothing on PATH in the service's root provides"
        } else {
            "nothing in the service's root provides (the unit sets no PATH)"
        };
        let message = format!("{who} calls {word}, which {on}");
        let mut trouble = Trouble::new(Code::ScriptCommandMissing, word, message);
        trouble.lacking = Some(self.lacking(word, environment));
        trouble
    }

    /// A command that is not on the `PATH` of this environment.
    pub(super) fn lacking(&self, command: &str, environment: &Environment) -> Lacking {
        Lacking::of(command, environment, self.sight.around.environment)
    }

    /// What is wrong with a program that is called by its path.
    fn flaw_of_call(
        &self,
        who: &str,
        environment: &Environment,
        word: &str,
        flaw: &Flaw,
    ) -> Result<Option<Trouble>> {
        let code = Code::ScriptCommandMissing;
        let mut remedies = Vec::new();
        let reason = match flaw {
            Flaw::Missing { path } => {
                if path == "/bin/sh" {
                    remedies = self.sight.shell_remedy();
                } else if self.sight.inside.store_dir().owner(path).is_none() {
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
                trouble.lacking = Some(self.lacking(program, environment));
                return Ok(Some(trouble));
            }
            Flaw::Loader { loader, .. } => {
                format!("whose loader {loader} is not in the service's root")
            }
            Flaw::Library { .. } if environment.is_library_path_open() => return Ok(None),
            Flaw::Library { library, .. } => {
                format!("which needs {library}, which is not on its library search path")
            }
        };
        let message = format!("{who} calls {word}, {reason}");
        Ok(Some(Trouble::new(code, word, message).fixed_by(remedies)))
    }
}
