//! Determines what a shell script calls, with a complete parser for shells.

mod beginnings;
mod builtins;
mod conditions;
mod ends;
mod functions;
mod lists;
mod loops;
mod more;
mod options;
mod panics;
mod parameters;
mod redirects;
mod simple;
mod state;
#[cfg(test)]
mod tests;
mod visit;
mod words;

use std::collections::BTreeSet;
use std::io::Cursor;
use std::sync::Arc;

use brush_parser::ast::Program;
use brush_parser::{Parser, ParserOptions};

use self::visit::Visit;
use super::Environment;

/// A command that a script calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The word in command position, without quotes.
    pub word: String,
    /// Whether the script certainly reaches the command, and ends if the command is missing or fails.
    pub is_certain: bool,
    /// Its arguments, without quotes; `None` for those known only at run time.
    pub arguments: Vec<Option<String>>,
    /// Its line, from 1.
    pub line: usize,
    /// The variables that it gets.
    pub environment: Arc<Environment>,
    /// The directory that it is called in; `None` if it is not known.
    pub directory: Option<String>,
    /// Whether the script ends with it: it is the last one, or takes the place of the shell.
    pub is_last: bool,
    /// Whether the script most likely goes on if it fails: `… || true`.
    pub is_handled: bool,
}

/// What a call is without its certainty.
type Key = (
    String,
    Vec<Option<String>>,
    usize,
    Arc<Environment>,
    Option<String>,
);

impl Call {
    fn key(&self) -> Key {
        let (word, arguments) = (self.word.clone(), self.arguments.clone());
        let (environment, directory) = (self.environment.clone(), self.directory.clone());
        (word, arguments, self.line, environment, directory)
    }

    /// Whether another call is the same at another line.
    fn is_as(&self, other: &Self) -> bool {
        (&self.word, self.is_certain, &self.arguments)
            == (&other.word, other.is_certain, &other.arguments)
    }
}

/// A file that a script opens itself, by a redirection or a builtin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opened {
    /// Its absolute path.
    pub path: String,
    /// Whether the file is created if it does not exist.
    pub is_made: bool,
    /// Whether the script certainly gets there, and ends if the file can't be opened.
    pub is_certain: bool,
    /// The line of the command, from 1.
    pub line: usize,
}

/// The root in which a script runs.
pub trait World: Sync {
    /// Returns the outcome of `test FLAG PATH`; `None` if that is not known.
    fn test(&self, flag: &str, path: &str) -> Option<bool>;

    /// Whether there is a command of this name, or at this path; `None` if that is not known.
    fn has(&self, _command: &str, _environment: &Environment) -> Option<bool> {
        None
    }

    /// Whether a pattern of files, with an absolute directory, fits any; `None` if that is not known.
    fn has_match(&self, _pattern: &str) -> Option<bool> {
        None
    }

    /// The directory that the script starts in; `None` if it is not known.
    fn directory(&self) -> Option<String> {
        None
    }

    /// The text of a file that a script reads in; `None` if it is not known.
    fn source(&self, _path: &str) -> Option<String> {
        None
    }
}

/// How a script is started.
pub struct Start<'a> {
    /// Whether the shell has `-e`.
    pub errexit: bool,
    /// Whether the shell ends where a special builtin can't open a file (`. FILE`, `: >FILE`), as all but bash do.
    pub is_strict: bool,
    /// Its variables.
    pub environment: &'a Environment,
    /// Its path and its arguments; empty if they are not known.
    pub arguments: Vec<Option<String>>,
    /// Where it runs.
    pub world: &'a dyn World,
}

/// What a script does, as far as its text shows.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The commands that it calls, without functions and builtins.
    pub calls: BTreeSet<Call>,
    /// The files it opens.
    pub opened: BTreeSet<Opened>,
    /// The paths that it tests before it uses them.
    pub tested: BTreeSet<String>,
    /// A line in which it names the home of its user by `~`, or goes there, if it does not set `HOME` itself.
    pub lacks_home: Option<usize>,
    /// A file that it waits for without end; certainly, if it certainly gets there and nothing can make the file.
    pub waits: Option<Opened>,
    /// Hosts that bash connects to by `/dev/tcp/HOST/PORT`, each with its line.
    pub hosts: BTreeSet<(usize, String)>,
    /// A line in which it names the home of another user (`~web`), and that user.
    pub home_of: Option<(usize, String)>,
    /// Whether it changes `PATH`, or reads more commands, in ways that its text does not show.
    pub is_open: bool,
    /// Whether it runs a command whose name only the running script knows.
    pub computes: bool,
}

/// The maximum size of a script, in bytes. Larger ones are data with a script before it.
const MAX_SIZE: usize = 256 * 1024;

/// The maximum nesting of brackets, as the parser is recursive.
const MAX_DEPTH: usize = 40;

/// Reads a script for `sh` or `bash`. The error explains, as the end of a sentence, why the script can't be read.
pub fn read_script(text: &str, start: &Start) -> Result<Script, String> {
    check(text)?;
    // A deeply nested script needs more stack than a worker thread has.
    let reading = std::thread::scope(|scope| {
        panics::thread()
            .stack_size(256 << 20)
            .spawn_scoped(scope, || {
                let program = parse(text)?;
                Ok(Visit::new(start).all(&program))
            })
            .map(std::thread::ScopedJoinHandle::join)
    });
    match reading {
        Ok(Ok(script)) => script,
        Ok(Err(_)) => Err("the parser gave up".to_owned()),
        Err(error) => Err(format!("no thread could be started: {error}")),
    }
}

/// Whether the parser can be given a text.
fn check(text: &str) -> Result<(), String> {
    if text.len() > MAX_SIZE {
        return Err(format!(
            "it has {} KiB; only scripts of up to {} KiB are checked",
            text.len() / 1024,
            MAX_SIZE / 1024
        ));
    }
    // In an unclosed substitution, the parser looks for the tag of a here-document until memory runs out.
    if text.contains("<<") && !substitutions_end(text) {
        return Err("an unclosed substitution in it".to_owned());
    }
    if depth(text) > MAX_DEPTH {
        return Err("its brackets are nested too deeply".to_owned());
    }
    Ok(())
}

/// Parses another text that a script runs.
fn parse_checked(text: &str) -> Option<Program> {
    check(text).ok().and_then(|()| parse(text).ok())
}

fn parse(text: &str) -> Result<Program, String> {
    // After blanks at the end of an unclosed substitution, the parser would look for a tag forever.
    let text = format!("{}\n", text.trim_end());
    Parser::new(Cursor::new(text.as_bytes()), &ParserOptions::default())
        .parse_program()
        .map_err(|error| {
            let text = error.to_string();
            text.lines()
                .next()
                .unwrap_or("it is not a shell script")
                .trim_end_matches('.')
                .to_owned()
        })
}

/// Whether enough brackets are closed after every `$(`, `<(` and `>(`.
fn substitutions_end(text: &str) -> bool {
    let mut closed = 0_i64;
    let bytes = text.as_bytes();
    bytes.iter().enumerate().rev().all(|(at, byte)| {
        match byte {
            b')' => closed += 1,
            b'(' => closed -= 1,
            _ => {}
        }
        let opens = at > 0 && *byte == b'(' && matches!(bytes[at - 1], b'$' | b'<' | b'>');
        !opens || closed >= 0
    })
}

fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for c in text.chars() {
        match c {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}
