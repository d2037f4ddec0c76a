//! Where a source catches errors and goes on.

use super::table::Spoken;
use crate::inspect::{Language, Piece, Token};

/// The lines of a source, from the first to the second of each, in which an error is caught and does not end the program.
pub(super) fn caught(spoken: &Spoken, text: &str, pieces: &[Piece]) -> Vec<(usize, usize)> {
    match spoken.language {
        Language::Python => caught_by_indent(text)
            .into_iter()
            .chain(suppressed(text))
            .collect(),
        Language::Perl => caught_in_braces(spoken, pieces)
            .into_iter()
            .chain(opened_if_there(pieces))
            .collect(),
        _ => caught_in_braces(spoken, pieces),
    }
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

/// The bodies of `with suppress(…):`.
fn suppressed(text: &str) -> Vec<(usize, usize)> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let lines: Vec<_> = text.lines().collect();
    let all = lines.iter().enumerate().filter(|(_, line)| {
        let word = line.trim_start();
        word.starts_with("with ") && word.contains("suppress(")
    });
    all.map(|(at, line)| {
        let body = lines.iter().skip(at + 1);
        let is_body = |it: &&&str| it.trim().is_empty() || indent(it) > indent(line);
        (at + 1, at + 1 + body.take_while(is_body).count())
    })
    .collect()
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
                let last = last.or(catches_missing(word).then_some(number));
                open.push((at, first, last, ends));
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

/// Errors of Python that nothing missing raises: neither a file, nor a directory that can be written to, nor a host.
const OTHER_ERRORS: [&str; 18] = [
    "AttributeError",
    "BlockingIOError",
    "BrokenPipeError",
    "ConnectionRefusedError",
    "ConnectionResetError",
    "FileExistsError",
    "IndexError",
    "InterruptedError",
    "JSONDecodeError",
    "KeyboardInterrupt",
    "StopIteration",
    "TimeoutError",
    "TimeoutExpired",
    "TypeError",
    "UnicodeDecodeError",
    "ValueError",
    "YAMLError",
    "ZeroDivisionError",
];

/// Whether a line is an `except` clause that may catch what something missing raises.
fn catches_missing(word: &str) -> bool {
    let Some(clause) = word.strip_prefix("except") else {
        return false;
    };
    // The other types are in the next line.
    if clause.contains('(') && !clause.contains(')') {
        return true;
    }
    let types = clause.split(" as ").next().unwrap_or_default();
    let names = types.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.');
    let mut names = names.filter(|name| !name.is_empty()).peekable();
    let is_other = |name: &str| OTHER_ERRORS.contains(&name.rsplit('.').next().unwrap_or_default());
    names.peek().is_none() || !names.all(is_other)
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
