//! The first line of a script, and the program that runs it.

use anyhow::Result;

use super::{Flaw, Interpreter, Located, Program, Programs};
use crate::document::{Document, Kind};

/// How many scripts may interpret each other (`exec_binprm` in Linux's `fs/exec.c`: five rewrites).
const MAX_INTERPRETERS: usize = 5;

impl Programs<'_> {
    pub(super) fn script(
        &self,
        path: &str,
        head: &[u8],
        document: Document,
        depth: usize,
        program: &mut Program,
    ) -> Result<()> {
        let line = head
            .split(|byte| matches!(byte, b'\n' | 0))
            .next()
            .unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let line = line.trim_matches([' ', '\t']);
        let (interpreter, argument) = match line.split_once([' ', '\t']) {
            Some((interpreter, argument)) => (interpreter, argument.trim_matches([' ', '\t'])),
            None => (line, ""),
        };
        if depth == 0 {
            match document.whole(Kind::Script) {
                Ok(text) => program.text = Some(String::from_utf8_lossy(&text).into_owned()),
                Err(error) => {
                    program.flaws.insert(Flaw::unreadable(path, &error.into()));
                }
            }
        }
        if interpreter.is_empty() {
            program.flaws.insert(Flaw::UnknownFormat {
                path: path.to_owned(),
            });
            return Ok(());
        }
        if depth >= MAX_INTERPRETERS {
            program.flaws.insert(Flaw::Circle {
                path: path.to_owned(),
            });
            return Ok(());
        }
        // A relative path starts at the working directory, which is nearly always /.
        let at = if interpreter.starts_with('/') {
            interpreter.to_owned()
        } else {
            format!("/{interpreter}")
        };
        let mut below = Program::default();
        self.follow(&at, depth + 1, &mut below)?;
        let missing = Flaw::Missing { path: at.clone() };
        if below.flaws.remove(&missing) {
            below.flaws.insert(Flaw::Interpreter {
                path: path.to_owned(),
                interpreter: interpreter.to_owned(),
            });
        }
        let name = interpreter.rsplit('/').next().unwrap_or_default();
        let run = if name == "env" && below.flaws.is_empty() {
            self.env(path, argument, program)?
        } else {
            let argument = Some(argument.to_owned()).filter(|argument| !argument.is_empty());
            Some((name.to_owned(), argument.into_iter().collect()))
        };
        program.flaws.extend(below.flaws);
        if depth == 0 {
            program.interpreter = run.map(|(name, arguments)| Interpreter {
                name,
                arguments,
                file: below.file,
            });
        }
        Ok(())
    }

    /// Returns the program that `env` runs, and its arguments. The kernel passes the rest of the first line as one argument.
    fn env(
        &self,
        path: &str,
        argument: &str,
        program: &mut Program,
    ) -> Result<Option<(String, Vec<String>)>> {
        let mut words = match argument.strip_prefix("-S") {
            Some(line) => line.split_whitespace().collect(),
            None => vec![argument],
        };
        let is_program = |word: &&str| !word.contains('=') && !word.starts_with('-');
        let at = words.iter().position(is_program);
        let (Some(at), Some(directories)) = (at, self.environment.path()) else {
            return Ok(None);
        };
        let arguments = words.split_off(at + 1);
        let name = words[at];
        let found = if name.starts_with('/') {
            Located::Found(name.to_owned())
        } else {
            self.find(name, &directories)?
        };
        match found {
            Located::Found(file) => {
                program.flaws.extend(self.look(&file)?.flaws);
            }
            Located::Missing => {
                program.flaws.insert(Flaw::Env {
                    path: path.to_owned(),
                    program: name.to_owned(),
                });
            }
            Located::Unknown => {}
        }
        let name = name.rsplit('/').next().unwrap_or_default();
        let arguments = arguments.into_iter().map(str::to_owned);
        Ok(Some((name.to_owned(), arguments.collect())))
    }
}
