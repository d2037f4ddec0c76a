//! What a source takes care of: files and programs that it asks for first, and errors that it catches.

use std::collections::BTreeSet;

use super::calls::{calls, is_of};
use super::literals::is_path;
use super::table::Spoken;
use crate::foresight::known::{Effect, Started, Use};
use crate::inspect::{Language, Piece, Token};

/// What a source takes care of.
#[derive(Default)]
pub(super) struct Guards {
    /// Paths that it asks for before it uses them.
    pub tested: BTreeSet<String>,
    /// Programs that it asks for.
    pub asked: BTreeSet<String>,
    /// What it ends without, each with its line.
    needed: Vec<(usize, Effect)>,
    /// Whether it mentions what has the functions that start programs.
    pub has_library: bool,
    /// Lines from the first to the second of each are within what catches errors and goes on.
    caught: Vec<(usize, usize)>,
    /// Lines that have an alternative: a variable or an option may say otherwise.
    alternatives: BTreeSet<usize>,
}

/// Marks of lines that take a value from elsewhere if there is one.
const ALTERNATIVES: [&str; 17] = [
    "environ",
    "getenv",
    "ENV",
    "process.env",
    "argv",
    "ARGV",
    "default",
    "option",
    "Option",
    "||",
    "//=",
    "??",
    "?:",
    " or ",
    "add_argument",
    "fallback",
    "usage",
];

/// Words that end a program.
const ENDS: [&str; 6] = ["exit", "raise ", "throw ", "die ", "die(", "abort"];

/// Words by which a condition is the opposite.
const NEGATIONS: [&str; 3] = ["not ", "!", "unless "];

/// Words of what makes a file that is missing.
const MAKES: [&str; 5] = ["mkdir", "makedirs", "open", "touch", "write"];

/// What ends a program is at most so many lines below the condition.
const FAR: usize = 3;

/// No more places of a source that catch errors are looked at.
const MAX_CAUGHT: usize = 1000;

impl Guards {
    pub fn of(spoken: &Spoken, text: &str, pieces: &[Piece]) -> Self {
        let mut libraries = spoken.mentions.split('|');
        let mut guards = Self {
            has_library: libraries.any(|library| text.contains(library)),
            ..Self::default()
        };
        let lines: Vec<_> = text.lines().collect();
        for call in calls(spoken, pieces) {
            let first = call.texts().next().filter(|_| ends(&lines, call.line));
            if is_of(spoken.tests, call.name) {
                guards.tested.extend(call.texts().map(str::to_owned));
                let needed = first.filter(|path| is_path(path));
                let needed = needed.map(|path| Effect::file(path.to_owned(), Use::Reads));
                guards.needed.extend(needed.map(|it| (call.line, it)));
            }
            if is_of(spoken.asks, call.name) {
                guards.asked.extend(call.texts().map(str::to_owned));
                let needed = first.map(|name| Effect::Starts(Started::new(name, Vec::new())));
                guards.needed.extend(needed.map(|it| (call.line, it)));
            }
        }
        if spoken.language == Language::Perl {
            guards.tested.extend(perl_tests(pieces));
        }
        for (number, line) in text.lines().enumerate() {
            if ALTERNATIVES.iter().any(|mark| line.contains(mark)) {
                guards.alternatives.insert(number + 1);
            }
        }
        guards.caught = if spoken.language == Language::Python {
            caught_by_indent(text)
        } else {
            caught_in_braces(spoken, pieces)
        };
        if spoken.language == Language::Perl {
            guards.caught.extend(opened_if_there(pieces));
        }
        guards.caught.truncate(MAX_CAUGHT);
        guards
    }

    /// What it ends without, each with its line.
    pub fn needed(&self) -> impl Iterator<Item = (usize, Effect)> {
        let all = self.needed.iter().filter(|(line, _)| !self.catches(*line));
        all.map(|(line, effect)| (*line, effect.clone().perhaps()))
    }

    /// Whether an error in this line is caught.
    pub fn catches(&self, line: usize) -> bool {
        let mut all = self.caught.iter();
        all.any(|(first, last)| (*first..=*last).contains(&line))
    }

    /// Whether a value in this line may be taken from elsewhere.
    pub fn has_alternative(&self, line: usize) -> bool {
        self.alternatives.contains(&line)
    }
}

/// Whether a condition in this line most likely ends the program if what it asks for is missing.
fn ends(lines: &[&str], line: usize) -> bool {
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    let Some((first, rest)) = lines
        .get(line.saturating_sub(1)..)
        .and_then(<[_]>::split_first)
    else {
        return false;
    };
    if !has(first, &NEGATIONS) {
        return false;
    }
    let indent = |text: &str| text.len() - text.trim_start().len();
    let body = rest.iter().take(FAR - 1);
    let body = body.take_while(|text| indent(text) > indent(first));
    let all: Vec<_> = std::iter::once(first).chain(body).collect();
    all.iter().any(|text| has(text, &ENDS)) && !all.iter().any(|text| has(text, &MAKES))
}

/// The lines of `if (open …)` of Perl.
fn opened_if_there(pieces: &[Piece]) -> impl Iterator<Item = (usize, usize)> {
    pieces.windows(3).filter_map(|window| {
        let [condition, bracket, call] = window else {
            return None;
        };
        let is = |piece: &Piece, names: &[&str]| {
            matches!(&piece.token, Token::Name(name) if names.contains(&name.as_str()))
        };
        let is_open = is(condition, &["elsif", "if"])
            && bracket.token == Token::Mark('(')
            && is(call, &["open", "opendir", "sysopen"]);
        is_open.then_some((call.line, call.line))
    })
}

/// `-e '/a'` and the like.
fn perl_tests(pieces: &[Piece]) -> impl Iterator<Item = String> {
    pieces.windows(3).filter_map(|window| match window {
        [
            Piece {
                token: Token::Mark('-'),
                ..
            },
            Piece {
                token: Token::Name(flag),
                ..
            },
            Piece {
                token: Token::Text(path),
                ..
            },
        ] => (flag.len() == 1).then(|| path.clone()),
        _ => None,
    })
}

/// The bodies of `try:` whose `except` clauses do not end the program.
fn caught_by_indent(text: &str) -> Vec<(usize, usize)> {
    let mut caught = Vec::new();
    // The blocks that are open: their indent and first line, and the last of the body once it has ended.
    let mut open: Vec<(usize, usize, Option<usize>, bool)> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let word = line.trim_start();
        if word.is_empty() || word.starts_with('#') {
            continue;
        }
        let indent = line.len() - word.len();
        while let Some((at, first, last, ends)) = open.pop() {
            let goes_on = word.starts_with("except")
                || word.starts_with("else:")
                || word.starts_with("finally:");
            if indent > at {
                let is_end = last.is_some()
                    && ["exit", "raise", "abort"]
                        .iter()
                        .any(|it| word.contains(it));
                open.push((at, first, last, ends || is_end));
                break;
            }
            if indent == at && goes_on {
                open.push((at, first, last.or(Some(number)), ends));
                break;
            }
            if let (Some(last), false) = (last, ends) {
                caught.push((first + 1, last));
            }
        }
        if word.starts_with("try:") {
            open.push((indent, number + 1, None, false));
        }
    }
    caught.extend(
        open.into_iter().filter_map(|(_, first, last, ends)| {
            last.filter(|_| !ends).map(|last| (first + 1, last))
        }),
    );
    caught
}

/// The bodies of `try { … }`, `eval { … }` and `begin … rescue`.
fn caught_in_braces(spoken: &Spoken, pieces: &[Piece]) -> Vec<(usize, usize)> {
    let mut caught = Vec::new();
    let mut open: Vec<Option<usize>> = Vec::new();
    let mut begins: Vec<usize> = Vec::new();
    let mut is_next = false;
    for piece in pieces {
        match &piece.token {
            Token::Name(name) if name == "try" || name == "eval" => is_next = true,
            Token::Name(name) if spoken.language == Language::Ruby && name == "begin" => {
                begins.push(piece.line);
            }
            Token::Name(name) if spoken.language == Language::Ruby && name == "rescue" => {
                caught.extend(begins.pop().map(|first| (first, piece.line)));
            }
            Token::Mark('{') => {
                open.push(std::mem::take(&mut is_next).then_some(piece.line));
            }
            Token::Mark('}') => {
                let first = open.pop().flatten();
                caught.extend(first.map(|first| (first, piece.line)));
            }
            _ => is_next = false,
        }
    }
    caught
}
