//! What a shell script calls, by a real parser of the shell's language.

mod builtins;
mod simple;
#[cfg(test)]
mod tests;
mod walk;
mod words;

use std::collections::BTreeSet;
use std::io::Cursor;

use brush_parser::ast::Program;
use brush_parser::{Parser, ParserOptions};

use self::walk::Walk;

/// A command that a script names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The word in command position, quotes undone.
    pub word: String,
    /// Whether the script comes there whatever happens, and ends when the command can't be run.
    pub is_certain: bool,
}

/// What a script does, as far as its text tells.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The commands it names, functions and builtins left out.
    pub calls: BTreeSet<Call>,
    /// Directories that it puts into `PATH`.
    pub path: Vec<String>,
    /// Whether it does something to `PATH`, or reads in more commands, that the text does not tell.
    pub is_open: bool,
}

/// Above this, in bytes, no script is parsed: what is that large is data with a script before it.
const MAX_SIZE: usize = 256 * 1024;

/// As deep as brackets may be nested: the parser descends.
const MAX_DEPTH: usize = 40;

/// Reads a script for `sh` or `bash`. `errexit`: whether it was started with `-e`.
/// The error says in half a sentence why it can't be read.
pub fn read_script(text: &str, errexit: bool) -> Result<Script, String> {
    if text.len() > MAX_SIZE {
        return Err(format!(
            "it has {} KiB, and is only looked at up to {}",
            text.len() / 1024,
            MAX_SIZE / 1024
        ));
    }
    if depth(text) > MAX_DEPTH {
        return Err("its brackets are nested too deeply".to_owned());
    }
    let text = text.to_owned();
    // The parser descends as deep as the script is nested, more than the stack of a worker bears.
    let reading = std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(move || {
            let mut walk = Walk::new(errexit);
            walk.program(&parse(&text)?);
            Ok(walk.finish())
        });
    match reading.map(std::thread::JoinHandle::join) {
        Ok(Ok(script)) => script,
        Ok(Err(_)) => Err("the parser gave up".to_owned()),
        Err(error) => Err(format!("no thread could be started: {error}")),
    }
}

fn parse(text: &str) -> Result<Program, String> {
    Parser::new(Cursor::new(text.as_bytes()), &ParserOptions::default())
        .parse_program()
        .map_err(|error| {
            let text = error.to_string();
            text.lines()
                .next()
                .unwrap_or("it is no shell script")
                .trim_end_matches('.')
                .to_owned()
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
