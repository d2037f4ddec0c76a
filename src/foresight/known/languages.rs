//! Languages other than the shell's: which programs their scripts start, which files of the host they name, and whom they look up.

mod assignments;
mod calls;
mod catches;
mod constants;
mod defaults;
mod guards;
mod host;
mod hosts;
mod imports;
mod joins;
mod lines;
mod lists;
mod literals;
mod networks;
mod owners;
mod privileges;
mod table;
mod told;
mod zones;

use self::calls::calls;
use self::guards::Guards;
use self::lists::Lists;
use self::table::{Spoken, spoken};
use super::options::Options;
use super::{Directory, Effect, Invocation, Knower, Reading, Source, Use};
use crate::inspect::{Language, pieces};

pub(super) struct Languages;

impl Knower for Languages {
    fn knows(&self, name: &str) -> bool {
        spoken(name).is_some()
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let words = invocation.words();
        let script = match module(invocation.name, &words) {
            Some((module, _)) => imports::module(invocation, module).map(Source::File),
            None => spoken(invocation.name).and_then(|it| script(it, &words)),
        };
        let runs = script.map(|script| Effect::Runs {
            script,
            by: invocation.name.to_owned(),
        });
        runs.into_iter()
            .chain(named(invocation.name, &words))
            .chain(inputs(invocation, &words))
            .collect()
    }

    fn read(&self, invocation: &Invocation, text: &str) -> Result<Reading, String> {
        let Some(spoken) = spoken(invocation.name) else {
            return Ok(Reading::default());
        };
        let words = invocation.words();
        // What is told what to do names defaults.
        let own = rest_of(spoken, &words);
        let is_told = own.is_some_and(|own| own.len() > 1) && reads_arguments(text);
        let is_text = matches!(script(spoken, &words), Some(Source::Text(_)));
        let php;
        let text = if is_text && spoken.language == Language::Php {
            php = format!("<?php {text}");
            &php
        } else {
            text
        };
        let pieces = constants::joined(spoken.language, &pieces(spoken.language, text));
        let guards = Guards::of(spoken, text, &pieces);
        let calls = calls(spoken, &pieces);
        let lists = Lists::of(&pieces);
        let mut found: Vec<(usize, Effect)> = Vec::new();
        for call in calls.iter().filter(|call| !guards.catches(call.line)) {
            let needed = privileges::effects(spoken, call);
            let reached = networks::effects(spoken, call);
            let asked = host::effects(spoken, call, invocation.around.environment);
            let given = owners::effects(spoken, call);
            let zone = zones::effect(spoken, invocation, call);
            let given_list = lists.given(spoken, call);
            let started = given_list.as_ref().unwrap_or(call);
            let effects = started.effects(spoken, &guards).into_iter();
            let effects = effects.chain(needed).chain(reached).chain(asked);
            let effects = effects.chain(given).chain(zone);
            found.extend(effects.map(|effect| (call.line, effect)));
        }
        if text.contains("chdir") || text.contains("cwd") {
            for (_, effect) in &mut found {
                if let Effect::Starts(started) = effect {
                    started.directory = Directory::Unknown;
                }
            }
        }
        let path = match (module(invocation.name, &words), script(spoken, &words)) {
            (Some((module, _)), _) => imports::module(invocation, module),
            (None, Some(Source::File(path))) => Some(path),
            _ => None,
        };
        found.extend(told::effects(&pieces, path.as_deref()));
        if let Some(path) = path {
            found.extend(imports::effects(spoken, invocation, &path, &pieces));
        }
        found.extend(literals::effects(
            spoken,
            &calls,
            &guards,
            &pieces,
            invocation.around.environment,
            is_told,
        ));
        found.extend(hosts::listed(spoken, &calls, &pieces));
        let environment = invocation.around.environment;
        found.extend(hosts::defaults(spoken, &calls, &pieces, environment));
        found.extend(guards.needed());
        let defaults = defaults::effects(spoken, &calls, &guards, &pieces, environment, is_told);
        found.extend(defaults);
        let (lines, effects) = found.into_iter().unzip();
        Ok(Reading {
            effects,
            lines,
            tested: guards.tested,
        })
    }
}

/// Words of a source that looks at its arguments.
const OF_ARGUMENTS: [&str; 16] = [
    "$*",
    "$@",
    "ARGF",
    "ARGV",
    "Fire(",
    "Getopt",
    "OptionParser",
    "argparse",
    "args",
    "argv",
    "click",
    "commander",
    "docopt",
    "getopt",
    "optparse",
    "shift",
];

/// Whether a source most likely looks at its arguments, which may name other files than it does.
fn reads_arguments(text: &str) -> bool {
    OF_ARGUMENTS.iter().any(|word| text.contains(word))
}

/// The program that an interpreter runs, by the name of its file or module, and where its own arguments begin among these words.
pub(in crate::foresight) fn run_by<'w>(
    interpreter: &str,
    words: &'w [Option<String>],
) -> Option<(&'w str, usize)> {
    let spoken = spoken(interpreter)?;
    if let Some((module, rest)) = module(interpreter, words) {
        let name = module.rsplit('.').next()?;
        return Some((name, words.len() - rest.len()));
    }
    let own = rest_of(spoken, words)?;
    let path = own.first()?.as_deref()?;
    let name = path.rsplit('/').next().filter(|_| path.starts_with('/'))?;
    Some((name, words.len() - own.len() + 1))
}

/// The module that `-m` has Python run, and its arguments.
fn module<'w>(
    interpreter: &str,
    words: &'w [Option<String>],
) -> Option<(&'w str, &'w [Option<String>])> {
    let is_python = spoken(interpreter)?.language == Language::Python;
    let at = words.iter().position(|word| {
        let word = word.as_deref().unwrap_or("-");
        word == "-m" || !word.starts_with('-')
    })?;
    match words.get(at..)? {
        [Some(option), Some(module), rest @ ..] if is_python && option == "-m" => {
            Some((module, rest))
        }
        _ => None,
    }
}

/// Files that a module of Python's own is told of, and can do without.
fn named(interpreter: &str, words: &[Option<String>]) -> Vec<Effect> {
    let Some(("http.server", arguments)) = module(interpreter, words) else {
        return Vec::new();
    };
    let options = Options::new(arguments, ["-d", "--directory"].into_iter(), false);
    let values = options.all().filter_map(|(_, value)| value);
    values
        .map(|path| Effect::file(path.to_owned(), Use::Names))
        .collect()
}

/// The script that the interpreter is told of.
fn script(spoken: &Spoken, words: &[Option<String>]) -> Option<Source> {
    let rest = rest_of(spoken, words)?;
    let first = rest.first()?.clone()?;
    if let Some(option) = first.strip_prefix('-') {
        // That of a text, or of a file.
        let is_text = spoken.text.contains(&option);
        let next = rest.get(1)?.clone()?;
        return Some(if is_text {
            Source::Text(next)
        } else {
            Source::File(next)
        });
    }
    Some(if spoken.language == Language::Awk {
        Source::Text(first)
    } else {
        Source::File(first)
    })
}

/// The files that awk reads one after another.
fn inputs(invocation: &Invocation, words: &[Option<String>]) -> Vec<Effect> {
    let awk = spoken(invocation.name).filter(|spoken| spoken.language == Language::Awk);
    let Some([Some(first), rest @ ..]) = awk.and_then(|spoken| rest_of(spoken, words)) else {
        return Vec::new();
    };
    // A word of the unit that begins so is a variable to systemd.
    if first.starts_with('$') && !invocation.written.is_empty() {
        return Vec::new();
    }
    let is_file = first.starts_with('-');
    // It may end before it reads them.
    let is_certain = !is_file && !first.contains("BEGIN") && !first.contains("exit");
    let operands = rest.iter().skip(usize::from(is_file)).flatten();
    let paths = operands.filter(|word| *word != "-" && !word.contains('='));
    let paths = paths.filter_map(|path| invocation.around.absolute(path));
    let read = paths.map(|path| Effect::file(path, Use::Reads));
    read.map(|it| if is_certain { it } else { it.perhaps() })
        .collect()
}

/// The arguments from the script, or from the option that has it, on.
fn rest_of<'a>(spoken: &Spoken, words: &'a [Option<String>]) -> Option<&'a [Option<String>]> {
    let mut rest = words;
    loop {
        let (first, more) = rest.split_first()?;
        let word = first.as_deref()?;
        let Some(option) = word.strip_prefix('-').filter(|option| !option.is_empty()) else {
            return Some(rest).filter(|_| word != "-");
        };
        if spoken.text.contains(&option) || spoken.file.contains(&option) {
            return Some(rest);
        }
        if spoken.neither.contains(&option) {
            return None;
        }
        let takes_next = spoken.values.contains(&option);
        rest = if takes_next { more.get(1..)? } else { more };
        if option == "-" {
            return Some(rest);
        }
    }
}

#[cfg(test)]
mod tests;
