//! Hosts that variables of a source have, and that its calls reach or listen at.

use std::collections::BTreeMap;

use super::assignments::{Assignment, assignments};
use super::calls::{Call, is_of};
use super::networks::{Functions, is_of_files};
use super::table::Spoken;
use crate::foresight::known::Effect;
use crate::foresight::known::network::host;
use crate::inspect::{Environment, Language, Piece, Token};

/// A value has no more pieces than this.
const MOST_OF_VALUE: usize = 40;

/// Hosts beside their ports, `('example.org', 80)`, in a source of Python that reaches or looks up those that a variable has.
pub(super) fn listed(spoken: &Spoken, calls: &[Call], pieces: &[Piece]) -> Vec<(usize, Effect)> {
    let functions = Functions::of(spoken.language);
    let functions = functions.filter(|_| spoken.language == Language::Python);
    let reaches = |call: &Call| {
        let functions = functions.filter(|_| call.texts().next().is_none());
        functions.is_some_and(|it| is_of(it.reach, call.name)) && !is_of_files(call.name)
    };
    if !calls.iter().any(reaches) {
        return Vec::new();
    }
    let hosts = pieces.windows(4).filter_map(|window| {
        let [before, text, comma, port] = window else {
            return None;
        };
        let Token::Text(name) = &text.token else {
            return None;
        };
        let is_pair =
            matches!(before.token, Token::Mark('(' | '[')) && comma.token == Token::Mark(',');
        let is_port = matches!(port.token, Token::Mark(mark) if mark.is_ascii_digit());
        let host = host(name).filter(|_| is_pair && is_port)?;
        Some((text.line, Effect::Resolves(host.to_owned())))
    });
    hosts.collect()
}

/// Hosts that variables name by default, or because the unit sets them, and that calls reach or listen at, each with its line:
/// `os.environ.get("HOST", "localhost")`, `{ HOST = 'localhost' } = process.env`.
pub(super) fn defaults(
    spoken: &Spoken,
    calls: &[Call],
    pieces: &[Piece],
    environment: &Environment,
) -> Vec<(usize, Effect)> {
    let Some(functions) = Functions::of(spoken.language) else {
        return Vec::new();
    };
    let mut hosts = BTreeMap::new();
    for assignment in assignments(pieces) {
        if let Some(host) = assigned(&assignment, environment) {
            hosts.entry(assignment.variable).or_insert(host);
        }
    }
    let mut all = Vec::new();
    for call in calls {
        let listens = is_of(functions.listen, call.name);
        let reaches = is_of(functions.reach, call.name) && !is_of_files(call.name);
        if !listens && !reaches || call.texts().any(|text| host(text).is_some()) {
            continue;
        }
        let names = call
            .arguments
            .iter()
            .filter_map(|piece| match &piece.token {
                Token::Name(name) => name.rsplit('.').next(),
                _ => None,
            });
        for name in names {
            let host = hosts.get(name).copied();
            let host = host.filter(|host| !listens || *host == "localhost");
            all.extend(host.map(|host| (call.line, Effect::Resolves(host.to_owned()))));
        }
    }
    all
}

/// The host that a variable gets.
fn assigned<'a>(assignment: &Assignment<'a>, environment: &'a Environment) -> Option<&'a str> {
    let value = assignment.value(MOST_OF_VALUE);
    // Behind a comma, another one may follow: `{ HOST = 'localhost', PORT = 80 } = process.env`.
    let mut depth = 0_usize;
    let end = value.iter().position(|piece| match piece.token {
        Token::Mark('(' | '[' | '{') => {
            depth += 1;
            false
        }
        Token::Mark(')' | ']' | '}') => {
            depth = depth.saturating_sub(1);
            false
        }
        Token::Mark(',') => depth == 0,
        _ => false,
    });
    let value = &value[..end.unwrap_or(value.len())];
    let words = value.iter().filter_map(|piece| match &piece.token {
        Token::Text(word) | Token::Name(word) => word.rsplit('.').next(),
        _ => None,
    });
    let set = |word: &str| environment.iter().find(|(known, _)| *known == word);
    // What the unit sets is not the default.
    match words.chain([assignment.variable]).find_map(set) {
        Some((_, told)) => host(told),
        None => value.iter().find_map(|piece| match &piece.token {
            Token::Text(text) => host(text),
            _ => None,
        }),
    }
}
