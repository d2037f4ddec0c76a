//! Variables that name a file of the host, by default or because the unit sets it, and that a call opens.

use std::collections::BTreeSet;

use super::calls::{Call, is_of};
use super::guards::Guards;
use super::literals::{is_judged, is_path, makes_directory, named, writes};
use super::table::Spoken;
use crate::foresight::known::{Effect, Use};
use crate::inspect::{Environment, Piece, Token};

/// An assignment has no more pieces than this.
const MOST: usize = 40;

/// An assignment of a path that something else may say.
struct Default<'a> {
    /// The variable.
    variable: &'a str,
    /// Its path.
    path: &'a str,
    /// The line, from 1.
    line: usize,
}

/// What a source does, with its lines, to the files that its variables name. `is_told`: whether arguments tell the program what to do.
pub(super) fn effects(
    spoken: &Spoken,
    calls: &[Call],
    guards: &Guards,
    pieces: &[Piece],
    environment: &Environment,
    is_told: bool,
) -> Vec<(usize, Effect)> {
    let defaults = defaults(guards, pieces, environment, is_told);
    if defaults.is_empty() {
        return Vec::new();
    }
    let tests = calls.iter().filter(|call| is_of(spoken.tests, call.name));
    let tested: BTreeSet<_> = tests.flat_map(|call| names(call.arguments)).collect();
    let mut all = Vec::new();
    for call in calls {
        let is_made = is_of(spoken.makes, call.name);
        if !is_made && !is_of(spoken.opens, call.name) || guards.catches(call.line) {
            continue;
        }
        let opened: BTreeSet<_> = names(call.arguments).collect();
        for default in &defaults {
            let is_needed = makes_directory(call)
                || !tested.contains(default.variable)
                    && is_judged(guards, default.path, default.line);
            if opened.contains(default.variable) && is_needed {
                let is_written = is_made || writes(call);
                let how = match is_written {
                    true if makes_directory(call) => Use::MakesDirectory(true),
                    true => Use::Makes,
                    false => Use::Reads,
                };
                all.push((call.line, named(default.path, how)));
            }
        }
    }
    all
}

/// The variables whose path holds for this service.
fn defaults<'a>(
    guards: &Guards,
    pieces: &'a [Piece],
    environment: &'a Environment,
    is_told: bool,
) -> Vec<Default<'a>> {
    let assigned = pieces.windows(3).enumerate();
    let defaults = assigned.filter_map(|(at, window)| {
        let [
            Piece {
                token: Token::Name(variable),
                line,
            },
            equals,
            next,
        ] = window
        else {
            return None;
        };
        let is_assigned = equals.token == Token::Mark('=')
            && !matches!(next.token, Token::Mark('=' | '~' | '>'))
            && guards.has_alternative(*line);
        let value = pieces.get(at + 2..).filter(|_| is_assigned)?;
        let value = value.iter().take(MOST);
        let value = value.take_while(|it| it.line == *line && it.token != Token::Mark(';'));
        let (mut path, mut told, mut is_other) = (None, None, false);
        for piece in value {
            let (Token::Text(word) | Token::Name(word)) = &piece.token else {
                continue;
            };
            let set = environment.iter().find(|(name, _)| name == word);
            match (&piece.token, set) {
                // What the unit sets is not the default.
                (_, Some((_, value))) => told = Some(value),
                (Token::Text(text), None) if is_path(text) => {
                    is_other |= path.replace(text.as_str()).is_some();
                }
                (Token::Name(name), None) => {
                    is_other |= is_told && name.to_lowercase().contains("argv");
                }
                _ => {}
            }
        }
        let path = told
            .filter(|value| is_path(value))
            .or(path.filter(|_| told.is_none()));
        path.filter(|_| !is_other).map(|path| Default {
            variable,
            path,
            line: *line,
        })
    });
    defaults.collect()
}

/// The names among some pieces.
fn names(pieces: &[Piece]) -> impl Iterator<Item = &str> {
    pieces.iter().filter_map(|piece| match &piece.token {
        Token::Name(name) => Some(name.as_str()),
        _ => None,
    })
}
