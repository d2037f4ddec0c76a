//! What a shell script calls, by a real parser of the shell's language.

mod builtins;
mod conditions;
mod panics;
mod redirects;
mod simple;
#[cfg(test)]
mod tests;
mod visit;
mod words;

use std::collections::BTreeSet;
use std::io::Cursor;

use brush_parser::ast::Program;
use brush_parser::{Parser, ParserOptions};

use self::visit::Visit;

/// A command that a script names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The word in command position, quotes undone.
    pub word: String,
    /// Whether the script comes there whatever happens, and ends when the command can't be run or fails.
    pub is_certain: bool,
    /// Its arguments, quotes undone; none where only the running script knows.
    pub arguments: Vec<Option<String>>,
}

/// A file that a script itself opens, by a redirection or a builtin.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Opened {
    /// Its path, absolute.
    pub path: String,
    /// Whether it is made where it is not there yet.
    pub is_made: bool,
    /// Whether the script comes there whatever happens, and ends when the file can't be opened.
    pub is_certain: bool,
}

/// What `test FLAG PATH` says in the root of a service, where that can be told.
pub type Tests<'a> = &'a (dyn Fn(&str, &str) -> Option<bool> + Sync);

/// What a script does, as far as its text tells.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The commands it names, functions and builtins left out.
    pub calls: BTreeSet<Call>,
    /// The files it opens.
    pub opened: BTreeSet<Opened>,
    /// Paths that it tests before it uses them.
    pub tested: BTreeSet<String>,
    /// Directories that it puts into `PATH`.
    pub path: Vec<String>,
    /// Whether it sets `PATH` without what was in it.
    pub replaces_path: bool,
    /// Whether it does something to `PATH`, or reads in more commands, that the text does not tell.
    pub is_open: bool,
}

/// Above this, in bytes, no script is parsed: what is that large is data with a script before it.
const MAX_SIZE: usize = 256 * 1024;

/// As deep as brackets may be nested: the parser descends.
const MAX_DEPTH: usize = 40;

/// Reads a script for `sh` or `bash`. `errexit`: whether it was started with `-e`; `tests`: what its tests of files will say.
/// The error says in half a sentence why it can't be read.
pub fn read_script(text: &str, errexit: bool, tests: Tests) -> Result<Script, String> {
    if text.len() > MAX_SIZE {
        return Err(format!(
            "it has {} KiB, and is only looked at up to {}",
            text.len() / 1024,
            MAX_SIZE / 1024
        ));
    }
    // In a substitution that does not end, the parser looks for the tag of a here document until the memory does.
    if text.contains("<<") && !substitutions_end(text) {
        return Err("an unclosed substitution in it".to_owned());
    }
    if depth(text) > MAX_DEPTH {
        return Err("its brackets are nested too deeply".to_owned());
    }
    // The parser descends as deep as the script is nested, more than the stack of a worker bears.
    let reading = std::thread::scope(|scope| {
        panics::thread()
            .stack_size(256 << 20)
            .spawn_scoped(scope, || {
                let mut visit = Visit::new(errexit, tests);
                visit.program(&parse(text)?, true);
                Ok(visit.finish())
            })
            .map(std::thread::ScopedJoinHandle::join)
    });
    match reading {
        Ok(Ok(script)) => script,
        Ok(Err(_)) => Err("the parser gave up".to_owned()),
        Err(error) => Err(format!("no thread could be started: {error}")),
    }
}

fn parse(text: &str) -> Result<Program, String> {
    // Blanks at the end of a substitution that does not end make the parser look for a tag without end.
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

/// Whether enough brackets are closed behind every `$(`, `<(` and `>(`.
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
