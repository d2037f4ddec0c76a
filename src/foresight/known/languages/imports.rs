//! Other sources that a source reads in: those beside it, and those that `PYTHONPATH` leads to. What is installed for an interpreter is
//! the work of others, and names many files that a service never asks for.

use super::super::{Effect, Invocation};
use super::table::Spoken;
use crate::inspect::{Language, Piece, Token, Variable};

/// Directories of what is installed for an interpreter.
const INSTALLED: [&str; 6] = [
    "/dist-packages/",
    "/gems/",
    "/node_modules/",
    "/perl5/",
    "/site-packages/",
    "/site_ruby/",
];

/// A statement is read for as many pieces.
const MOST: usize = 200;

/// The sources that this one reads in. `path`: where it is.
pub(super) fn effects(
    spoken: &Spoken,
    invocation: &Invocation,
    path: &str,
    pieces: &[Piece],
) -> Vec<(usize, Effect)> {
    let Some((dir, _)) = path.rsplit_once('/') else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        let named = names(spoken.language, pieces, at);
        let places = named
            .into_iter()
            .filter_map(|name| place(spoken.language, invocation, dir, &name));
        found.extend(places.map(|path| (piece.line, runs(invocation, path))));
    }
    found
}

/// The names of other sources in the statement that begins with this piece.
fn names(language: Language, pieces: &[Piece], at: usize) -> Vec<String> {
    let piece = &pieces[at];
    let Token::Name(word) = &piece.token else {
        return Vec::new();
    };
    let line = pieces[at + 1..].iter().take(MOST);
    let line: Vec<_> = line.take_while(|other| other.line == piece.line).collect();
    let before = at.checked_sub(1).map(|before| &pieces[before]);
    let is_first = before.is_none_or(|it| it.line != piece.line || it.token == Token::Mark(';'));
    match language {
        Language::Python if !is_first => Vec::new(),
        Language::Python => modules(word, &line),
        _ => files(language, word, &line),
    }
}

/// Where the module is that `-m` names, if it is not installed for the interpreter.
pub(super) fn module(invocation: &Invocation, name: &str) -> Option<String> {
    let dir = invocation.around.directory.unwrap_or("/");
    place(
        Language::Python,
        invocation,
        dir,
        &format!("{name}.__main__"),
    )
    .or_else(|| place(Language::Python, invocation, dir, name))
}

fn runs(invocation: &Invocation, path: String) -> Effect {
    Effect::Runs {
        script: super::Source::File(path),
        by: invocation.name.to_owned(),
    }
}

/// The modules of a statement of Python: `import a.b, c`, `from a import b`.
fn modules(word: &str, line: &[&Piece]) -> Vec<String> {
    let listed = |pieces: &[&Piece]| -> Vec<String> {
        let lists = pieces.split(|piece| piece.token == Token::Mark(','));
        lists
            .filter_map(
                |list| match &list.iter().find(|it| it.token != Token::Mark('('))?.token {
                    Token::Name(name) => Some(name.clone()),
                    _ => None,
                },
            )
            .collect()
    };
    let is_import = |piece: &&&Piece| matches!(&piece.token, Token::Name(name) if name == "import");
    match (word, line.iter().find(is_import)) {
        ("import", _) => listed(line),
        ("from", Some(_)) => {
            let at = line.iter().position(|piece| is_import(&piece)).unwrap_or(0);
            let from = line.iter().take(at).find_map(|piece| match &piece.token {
                Token::Name(name) => Some(name.trim_matches('.').to_owned()),
                _ => None,
            });
            let parts = listed(&line[at + 1..]).into_iter();
            match from {
                Some(from) => {
                    let parts = parts.map(|name| format!("{from}.{name}"));
                    parts.chain([from.clone()]).collect()
                }
                None => parts.collect(),
            }
        }
        _ => Vec::new(),
    }
}

/// The files of a call like `require('./a')`.
fn files(language: Language, word: &str, line: &[&Piece]) -> Vec<String> {
    let words: &[&str] = match language {
        Language::JavaScript => &["import", "require", "from"],
        Language::Perl => &["do", "require"],
        Language::Php => &["include", "include_once", "require", "require_once"],
        Language::Ruby => &["require_relative", "load"],
        _ => &[],
    };
    if !words.contains(&word) {
        return Vec::new();
    }
    let is_beside = |piece: &&Piece| matches!(&piece.token, Token::Name(name) if name == "__DIR__");
    let beside = line.iter().take(2).any(is_beside);
    let text = line.iter().take(4).find_map(|piece| match &piece.token {
        Token::Text(text) => Some(text.as_str()),
        _ => None,
    });
    let file = text.filter(|text| {
        let is_relative = text.starts_with("./") || text.starts_with("../");
        is_relative || beside || word == "require_relative"
    });
    let file = file.map(|text| text.trim_start_matches('/').to_owned());
    file.into_iter().collect()
}

/// Where the source of a name is. `dir`: the directory of the one that names it.
fn place(language: Language, invocation: &Invocation, dir: &str, name: &str) -> Option<String> {
    let (name, ends): (String, &[&str]) = match language {
        Language::Python => (name.replace('.', "/"), &[".py", "/__init__.py"]),
        Language::JavaScript => (
            name.to_owned(),
            &["", ".js", ".mjs", ".cjs", "/index.js", "/index.mjs"],
        ),
        Language::Ruby => (name.to_owned(), &["", ".rb"]),
        _ => (name.to_owned(), &[""]),
    };
    let environment = invocation.around.environment;
    let more = match environment.variable("PYTHONPATH") {
        Variable::Known(value) if language == Language::Python => value,
        _ => "",
    };
    let dirs = [dir].into_iter().chain(more.split(':'));
    let candidates = dirs.filter(|dir| dir.starts_with('/')).flat_map(|dir| {
        let name = &name;
        ends.iter()
            .map(move |end| joined(dir, &format!("{name}{end}")))
    });
    let mut candidates = candidates.flatten();
    candidates.find(|path| {
        let is_own = !INSTALLED.iter().any(|dir| path.contains(dir));
        is_own && invocation.world.test("-f", path) == Some(true)
    })
}

/// A path as seen from a directory, without `.` and `..`.
fn joined(dir: &str, path: &str) -> Option<String> {
    let mut parts: Vec<_> = dir.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::pieces;

    #[test]
    fn names_of_other_sources_are_found() {
        for (language, text, expected) in [
            (
                Language::Python,
                "import a.b as x, c\nfrom d import e, f\nfrom . import g\nfrom .h import (i)\nx = 'import'\n",
                "a.b c d.e d.f d g h.i h",
            ),
            (
                Language::JavaScript,
                "const a = require('./a'), b = require('b');\nimport { c } from '../c.mjs';\nimport './d';\n",
                "./a ../c.mjs ./d",
            ),
            (
                Language::Php,
                "<?php require __DIR__ . '/a.php'; require 'b.php';\ninclude('./c.php');",
                "a.php ./c.php",
            ),
            (Language::Ruby, "require 'a'\nrequire_relative 'b'\n", "b"),
            (Language::Perl, "require './a.pl'; use B;\n", "./a.pl"),
        ] {
            let pieces = pieces(language, text);
            let found = (0..pieces.len()).flat_map(|at| names(language, &pieces, at));
            let found: Vec<_> = found.collect();
            assert_eq!(found.join(" "), expected, "{text}");
        }
        assert_eq!(joined("/a/b", "../c/./d").as_deref(), Some("/a/c/d"));
        assert_eq!(joined("/a", "../../c"), None);
    }
}
