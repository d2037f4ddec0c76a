//! Paths that a source puts together of texts: `os.path.join("/etc", "web", "web.yml")`, `Path("/etc") / "web"`.

use crate::inspect::{Language, Piece, Token};

/// How functions are called that join the parts of a path.
const JOIN: [&str; 6] = [
    "File.join",
    "os.path.join",
    "path.join",
    "path.posix.join",
    "path.resolve",
    "posixpath.join",
];

/// How the types of paths are called that Python joins by `/`.
const PATHS: [&str; 4] = ["Path", "PurePath", "pathlib.Path", "pathlib.PurePath"];

/// Whether a call of this name joins the parts of a path.
pub(super) fn is_join(language: Language, name: &str) -> bool {
    JOIN.contains(&name) || language == Language::Python && is_type(name)
}

/// Whether a name is that of a type of paths.
pub(super) fn is_type(name: &str) -> bool {
    PATHS.contains(&name)
}

/// The pieces, with one text for each of these paths.
pub(super) fn joined(language: Language, pieces: &[Piece]) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut rest = pieces;
    while let Some((piece, behind)) = rest.split_first() {
        rest = behind;
        all.push(piece.clone());
        let Token::Name(name) = &piece.token else {
            continue;
        };
        let is_path = language == Language::Python && is_type(name);
        if !is_join(language, name) {
            continue;
        }
        let Some((mut path, inner)) = arguments(rest) else {
            continue;
        };
        rest = inner;
        if is_path {
            let (joined, behind) = part_of(&path, rest);
            rest = behind;
            path = joined.unwrap_or(path);
        }
        let line = piece.line;
        let tokens = [Token::Mark('('), Token::Text(path), Token::Mark(')')];
        all.extend(tokens.map(|token| Piece { token, line }));
    }
    all
}

/// No longer path is put together, in bytes: Linux has none.
pub(super) const MAX_PATH: usize = 4096;

/// The path that names behind slashes make below this one, if there are any, and what is behind them.
pub(super) fn part_of<'a>(path: &str, pieces: &'a [Piece]) -> (Option<String>, &'a [Piece]) {
    let mut joined: Option<String> = None;
    let mut rest = pieces;
    while let [mark, part, behind @ ..] = rest
        && mark.token == Token::Mark('/')
        && let Token::Text(part) = &part.token
    {
        let before = joined.as_deref().unwrap_or(path);
        if before.len() > MAX_PATH {
            break;
        }
        joined = Some(with(before, part));
        rest = behind;
    }
    (joined, rest)
}

/// The path that the arguments of a call make, if all of them are texts, and what is behind the call.
fn arguments(pieces: &[Piece]) -> Option<(String, &[Piece])> {
    let (open, mut rest) = pieces.split_first()?;
    if open.token != Token::Mark('(') {
        return None;
    }
    let mut path = String::new();
    loop {
        let [part, end, behind @ ..] = rest else {
            return None;
        };
        let Token::Text(part) = &part.token else {
            return None;
        };
        if path.len() > MAX_PATH {
            return None;
        }
        path = with(&path, part);
        rest = behind;
        match end.token {
            Token::Mark(')') => return Some((path, rest)),
            Token::Mark(',') => {}
            _ => return None,
        }
    }
}

/// A path below another one, which an absolute one replaces.
fn with(path: &str, part: &str) -> String {
    if path.is_empty() || part.starts_with('/') {
        part.to_owned()
    } else {
        format!("{}/{part}", path.trim_end_matches('/'))
    }
}
