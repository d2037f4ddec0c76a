//! Variables that name a file of the host, by default or because the unit sets it, and that a call opens.

use std::collections::BTreeSet;

use super::assignments::assignments;
use super::calls::{Call, is_of};
use super::guards::Guards;
use super::literals::{is_judged, is_path, makes_directory, named, writes};
use super::table::Spoken;
use crate::foresight::known::{Effect, Use};
use crate::inspect::{Environment, Piece, Token};

/// No more defaults are followed.
const MAX_DEFAULTS: usize = 500;

/// No more loops are followed.
const MAX_LOOPS: usize = 100;

/// An assignment has no more pieces than this.
const MOST: usize = 40;

/// An assignment of a path that something else may say.
struct Default<'a> {
    /// The variable.
    variable: String,
    /// Whether it is a member of what the options are read into.
    is_option: bool,
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
    let files = calls.iter().filter(|_| !is_told);
    let mut all: Vec<_> = files.filter_map(opened_option).collect();
    let mut defaults = defaults(guards, pieces, environment, is_told);
    defaults.extend(calls.iter().filter(|_| !is_told).filter_map(option));
    if defaults.is_empty() {
        return all;
    }
    defaults.truncate(MAX_DEFAULTS);
    let loops: BTreeSet<_> = loops(pieces).take(MAX_LOOPS).collect();
    let each: Vec<_> = loops
        .into_iter()
        .flat_map(|(each, of)| {
            let known = defaults.iter().filter(move |it| it.variable == of);
            known.map(|it| Default {
                variable: each.to_owned(),
                ..*it
            })
        })
        .collect();
    defaults.extend(each.into_iter().take(MAX_DEFAULTS));
    let tests = calls.iter().filter(|call| is_of(spoken.tests, call.name));
    let tested: BTreeSet<_> = tests.flat_map(names).collect();
    for call in calls {
        let is_made = is_of(spoken.makes, call.name);
        if !is_made && !is_of(spoken.opens, call.name) || guards.catches(call.line) {
            continue;
        }
        let opened: BTreeSet<_> = names(call).collect();
        for default in &defaults {
            let is_needed = makes_directory(call)
                || !default.is_in(&tested) && is_judged(guards, default.path, default.line);
            // An argument with a name looks like a variable, and literals are read elsewhere.
            let is_literal = call.texts().any(|text| text == default.path);
            if default.is_in(&opened) && is_needed && !is_literal {
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
    let assigned = assignments(pieces).filter(|it| !it.is_change);
    let assigned = assigned.filter(|it| guards.has_alternative(it.line));
    let defaults = assigned.filter_map(|assignment| {
        let (mut path, mut told, mut is_other) = (None, None, false);
        for piece in assignment.value(MOST) {
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
            variable: assignment.variable.to_owned(),
            is_option: false,
            path,
            line: assignment.line,
        })
    });
    defaults.collect()
}

/// The variables of loops, each with the variable that has the list: `for (const d of dirs)`.
fn loops(pieces: &[Piece]) -> impl Iterator<Item = (&str, &str)> {
    pieces.windows(3).filter_map(|window| match window {
        [
            Piece {
                token: Token::Name(each),
                ..
            },
            Piece {
                token: Token::Name(word),
                ..
            },
            Piece {
                token: Token::Name(list),
                ..
            },
        ] => (word == "of" || word == "in").then_some((each.as_str(), list.as_str())),
        _ => None,
    })
}

/// The default of an option of `argparse`, which becomes a member: `--data-dir` is `args.data_dir`.
fn option<'a>(call: &Call<'a>) -> Option<Default<'a>> {
    if !is_of(&["add_argument"], call.name) {
        return None;
    }
    let mut texts = call
        .arguments
        .iter()
        .filter_map(|piece| match &piece.token {
            Token::Text(text) => Some(text.as_str()),
            _ => None,
        });
    let long = texts.find(|text| text.starts_with("--"))?;
    let at = call
        .arguments
        .iter()
        .position(|piece| matches!(&piece.token, Token::Name(name) if name == "default"))?;
    let mut value = call.arguments[at..].iter();
    let path = value.find_map(|piece| match &piece.token {
        Token::Text(text) => Some(text.as_str()),
        _ => None,
    })?;
    is_path(path).then(|| Default {
        variable: long.trim_start_matches('-').replace('-', "_"),
        is_option: true,
        path,
        line: call.line,
    })
}

/// The default of an option of `argparse` that is a file: it is opened as the options are read.
fn opened_option(call: &Call) -> Option<(usize, Effect)> {
    let default = option(call).filter(|_| call.names_any(&["FileType"]))?;
    let how = if writes(call) { Use::Makes } else { Use::Reads };
    Some((default.line, named(default.path, how)))
}

impl Default<'_> {
    /// Whether it is among some names, or what these are members of.
    fn is_in(&self, names: &BTreeSet<&str>) -> bool {
        names.iter().any(|name| {
            let mut parts = name.split('.').skip(usize::from(self.is_option));
            parts.next() == Some(&self.variable)
        })
    }
}

/// The names among the arguments of a call, and its own if it is one of a member.
fn names<'a>(call: &Call<'a>) -> impl Iterator<Item = &'a str> {
    let own = Some(call.name).filter(|name| name.contains('.'));
    let arguments = call.arguments.iter();
    let named = arguments.filter_map(|piece| match &piece.token {
        Token::Name(name) => Some(name.as_str()),
        _ => None,
    });
    named.chain(own)
}
