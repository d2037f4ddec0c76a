//! Texts that a source puts together of others and of constants: `"/etc/" + "web.yml"`, `DIR = Path("/etc"); DIR / "web.yml"`.

use std::collections::BTreeMap;

use super::assignments::assignments;
use super::calls::length;
use super::joins::{self, MAX_PATH, is_join};
use crate::inspect::{INTERPOLATED, Language, Piece, Token};

/// Variables that are assigned once, each with its text.
type Constants<'a> = BTreeMap<&'a str, String>;

/// Of these, no more are followed.
const MAX_CONSTANTS: usize = 1000;

/// A value that is looked at has fewer pieces than this.
const MAX_VALUE: usize = 8;

/// Constants take the place of names until they have as many bytes in all.
const MAX_BYTES: usize = 1 << 20;

/// The pieces, with one text for each that is put together.
pub(super) fn joined(language: Language, pieces: &[Piece]) -> Vec<Piece> {
    let constants = constants(pieces, |value| match value {
        [
            Piece {
                token: Token::Text(text),
                ..
            },
        ] => Some(text.clone()),
        _ => None,
    });
    let known = replaced(language, pieces, &constants);
    let known = joins::joined(language, &concatenated(language, &known));
    if language != Language::Python {
        return known;
    }
    let paths = self::constants(&known, |value| match value {
        [
            Piece {
                token: Token::Name(name),
                ..
            },
            _,
            Piece {
                token: Token::Text(path),
                ..
            },
            _,
        ] => joins::is_type(name).then(|| path.clone()),
        _ => None,
    });
    below(&known, &paths)
}

/// The variables that are assigned once and have a text. `text`: that of a value.
fn constants(pieces: &[Piece], text: impl Fn(&[Piece]) -> Option<String>) -> Constants<'_> {
    let mut values: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for assignment in assignments(pieces) {
        if values.len() >= MAX_CONSTANTS {
            break;
        }
        let text = text(assignment.value(MAX_VALUE)).filter(|text| {
            let is_whole = !text.contains(INTERPOLATED) && text.len() <= MAX_PATH;
            is_whole && !assignment.is_change
        });
        // One that is assigned again has more than one value.
        let known = values.entry(assignment.variable).or_insert(text.clone());
        if *known != text {
            *known = None;
        }
    }
    let known = values.into_iter();
    known
        .filter_map(|(name, text)| Some((name, text?)))
        .collect()
}

/// The mark that puts two texts together.
fn mark(language: Language) -> Option<Token> {
    match language {
        Language::JavaScript | Language::Python | Language::Ruby => Some(Token::Mark('+')),
        Language::Perl | Language::Php => Some(Token::Mark('.')),
        Language::Awk | Language::Lua | Language::Tcl => None,
    }
}

/// The pieces, with the texts of constants where these are parts of a text.
fn replaced(language: Language, pieces: &[Piece], constants: &Constants) -> Vec<Piece> {
    let mark = mark(language);
    let mut until = 0;
    let mut bytes = 0;
    let token = |at: Option<usize>| at.and_then(|at| pieces.get(at)).map(|piece| &piece.token);
    let all = pieces.iter().enumerate().map(|(at, piece)| {
        let Token::Name(name) = &piece.token else {
            return piece.clone();
        };
        if is_join(language, name) {
            until = at + 2 + length(&pieces[pieces.len().min(at + 2)..], true, piece.line);
        }
        let beside = [at.checked_sub(1), Some(at + 1)];
        let is_part =
            at < until || mark.is_some() && beside.iter().any(|at| token(*at) == mark.as_ref());
        let text = constants.get(name.as_str());
        let text = text.filter(|_| is_part && bytes < MAX_BYTES);
        bytes += text.map_or(0, String::len);
        let text = text.map(|text| Token::Text(text.clone()));
        Piece {
            token: text.unwrap_or_else(|| piece.token.clone()),
            line: piece.line,
        }
    });
    all.collect()
}

/// The pieces, with one text for several that a mark puts together.
fn concatenated(language: Language, pieces: &[Piece]) -> Vec<Piece> {
    let Some(mark) = mark(language) else {
        return pieces.to_vec();
    };
    let mut all: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut rest = pieces;
    while let Some((piece, behind)) = rest.split_first() {
        rest = behind;
        if piece.token == mark
            && let Some(Piece {
                token: Token::Text(start),
                ..
            }) = all.last_mut()
            && let [
                Piece {
                    token: Token::Text(end),
                    ..
                },
                behind @ ..,
            ] = rest
        {
            start.push_str(end);
            rest = behind;
            let is_more = |next: &[Piece]| matches!(next, [plus, part, ..] if plus.token == mark && !matches!(part.token, Token::Text(_)));
            // Only the running program knows the rest.
            if start.len() > MAX_PATH || is_more(rest) {
                start.truncate(0);
                start.push_str(INTERPOLATED);
            }
        } else {
            all.push(piece.clone());
        }
    }
    all
}

/// The pieces, with one text for a path and the names below it.
fn below(pieces: &[Piece], paths: &Constants) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut rest = pieces;
    while let Some((piece, behind)) = rest.split_first() {
        rest = behind;
        let mut token = piece.token.clone();
        if let Token::Name(name) = &piece.token
            && let Some(path) = paths.get(name.as_str())
        {
            let (joined, behind) = joins::part_of(path, rest);
            rest = behind;
            token = joined.map_or(token, Token::Text);
        }
        all.push(Piece {
            token,
            line: piece.line,
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;

    #[test]
    fn texts_are_put_together() -> Result<(), String> {
        for (name, text, expected) in [
            ("python3", "open('/etc/' + 'a')", "</etc/a"),
            ("python3", "D = '/etc/'\nopen(D + 'a')", "</etc/a"),
            ("python3", "D = '/etc/'\nD = '/srv/'\nopen(D + 'a')", ""),
            ("python3", "D = '/etc/'\nD += 'b/'\nopen(D + 'a')", ""),
            ("python3", "D: str = '/etc/'\nopen(str + 'a')", ""),
            ("python3", "open('/etc/' + 'web-' + name)", ""),
            (
                "python3",
                "D = '/etc/'\nif D == x:\n    open(D + 'a')",
                "</etc/a",
            ),
            (
                "python3",
                "D = Path('/etc/w/')\nopen(D / 'a' / 'b')",
                "</etc/w/a/b",
            ),
            (
                "python3",
                "D = '/etc/w/'\nopen(os.path.join(D, 'a'))",
                "</etc/w/a",
            ),
            (
                "node",
                "const D = '/etc/';\nfs.readFileSync(D + 'a')",
                "</etc/a",
            ),
            (
                "perl",
                "my $d = '/etc/';\nopen(F, '<', $d . 'a') or die;",
                "</etc/a",
            ),
            (
                "php",
                "<?php $d = '/etc/'; fopen($d . 'a', 'r');",
                "</etc/a",
            ),
        ] {
            assert_eq!(read(name, text)?, expected, "{text}");
        }
        Ok(())
    }
}
