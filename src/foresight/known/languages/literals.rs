//! Paths of the host in the texts of a source.

use std::collections::BTreeSet;

use super::calls::{Call, is_of};
use super::guards::Guards;
use super::table::Spoken;
use crate::foresight::known::{Effect, Use};
use crate::inspect::{Environment, Piece, RUNTIME, Token, is_of_host};

/// What is before the path of a file or a socket.
const SCHEMES: [&str; 7] = [
    "file://",
    "file:",
    "unix://",
    "sqlite:///",
    "unix:",
    "sqlite:",
    "ipc://",
];

/// Names of arguments whose directories are read when somebody asks for what is in them.
const SERVED: [&str; 7] = [
    "directory",
    "document_root",
    "public",
    "root",
    "static_folder",
    "template_folder",
    "webroot",
];

/// Directories in which programs make what is not there yet.
const MADE: [&str; 5] = [
    "/var/log/",
    "/var/lib/",
    "/var/cache/",
    "/var/spool/",
    "/var/tmp/",
];

/// How files end that programs make.
const MADE_ENDS: [&str; 5] = [".log", ".pid", ".lock", ".db", ".sqlite"];

/// What a source does, with its lines, to the files of the host that it names. `is_told`: whether arguments tell the program what to do.
pub(super) fn effects(
    spoken: &Spoken,
    calls: &[Call],
    guards: &Guards,
    pieces: &[Piece],
    environment: &Environment,
    is_told: bool,
) -> Vec<(usize, Effect)> {
    let mut all = Vec::new();
    let mut done = BTreeSet::new();
    for call in calls {
        let copies = is_of(spoken.copies, call.name);
        let is_opened = is_of(spoken.opens, call.name) || call.name == "getline" || copies;
        let is_made = is_of(spoken.makes, call.name);
        let mut is_copied = false;
        if !is_opened
            && !is_made
            && !is_of(spoken.tests, call.name)
            && !is_started(spoken, call)
            && !is_route(call)
            && !reads_any(call)
        {
            continue;
        }
        for (at, piece) in call.arguments.iter().enumerate() {
            done.insert(call.start + at);
            let Token::Text(text) = &piece.token else {
                continue;
            };
            let (text, is_read_only) = without_query(text.trim_start_matches(['<', '>', ' ']));
            let text = without_scheme(text);
            // The first is read, the second is made of it.
            let is_copy = std::mem::replace(&mut is_copied, copies);
            let how = if is_read_only {
                Use::Reads
            } else if makes_directory(call) {
                Use::MakesDirectory(true)
            } else if is_made || is_copy || is_opened && !copies && writes(call) {
                Use::Makes
            } else if call.name.ends_with("connect") {
                use_of(text)
            } else {
                Use::Reads
            };
            let is_judged = if makes_directory(call) {
                !guards.catches(piece.line)
            } else {
                is_judged(guards, text, piece.line)
            };
            if (is_opened || is_made) && is_path(text) && is_judged {
                all.push((piece.line, named(text, how)));
            }
        }
    }
    if !is_told {
        for (at, piece) in pieces.iter().enumerate() {
            let Token::Text(text) = &piece.token else {
                continue;
            };
            let text = without_scheme(text);
            let has_alternative =
                guards.has_alternative(piece.line) && !guards.uses_default(piece.line, environment);
            let is_new = !done.contains(&at) && !has_alternative;
            if is_new
                && is_path(text)
                && is_judged(guards, text, piece.line)
                && !is_of_list(pieces, at)
                && !is_served(pieces, at)
            {
                all.push((piece.line, named(text, use_of(text))));
            }
        }
    }
    all
}

pub(super) fn named(path: &str, how: Use) -> Effect {
    Effect::File {
        path: path.to_owned(),
        how,
        is_certain: false,
    }
}

pub(super) fn is_judged(guards: &Guards, path: &str, line: usize) -> bool {
    !guards.tested.contains(path) && !guards.catches(line)
}

/// Whether a call makes a directory, so that its path need not exist.
pub(super) fn makes_directory(call: &Call) -> bool {
    let makers = [
        "makedirs",
        "make_path",
        "mkdir",
        "mkdir_p",
        "mkdirSync",
        "mkpath",
    ];
    is_of(&makers, call.name)
}

/// Whether a text of a source is most likely a file of the host.
pub(super) fn is_path(text: &str) -> bool {
    is_of_host(text, &[&RUNTIME])
        && !text.contains(|c: char| c.is_whitespace() || "$%*?:,;|<>{}()[]\\\"'".contains(c))
        && !text.ends_with('/')
}

/// What is most likely done to a file that is only named.
fn use_of(path: &str) -> Use {
    let is_made = MADE.iter().any(|dir| path.starts_with(dir))
        || MADE_ENDS.iter().any(|end| path.ends_with(end));
    if is_made { Use::Makes } else { Use::Reads }
}

/// Whether the arguments have the mode of a file that is written.
pub(super) fn writes(call: &Call) -> bool {
    let is_mode = |text: &str| {
        matches!(
            text,
            "w" | "a"
                | "x"
                | "wb"
                | "ab"
                | "xb"
                | "w+"
                | "a+"
                | "wt"
                | "at"
                | ">"
                | ">>"
                | "+>"
                | ">:utf8"
                | ">>:utf8"
        ) || text.starts_with("> /")
            || text.starts_with(">/")
            || text.starts_with(">>/")
    };
    call.texts().any(is_mode)
}

fn is_started(spoken: &Spoken, call: &Call) -> bool {
    is_of(spoken.starts, call.name)
        || is_of(spoken.shell, call.name)
        || is_of(spoken.asks, call.name)
}

/// Whether a call names what others ask a server for.
fn is_route(call: &Call) -> bool {
    let names = [
        "delete",
        "get",
        "location",
        "mount",
        "patch",
        "path",
        "post",
        "put",
        "re_path",
        "redirect",
        "route",
        "startswith",
        "startsWith",
        "url",
        "use",
    ];
    is_of(&names, call.name) && !call.name.contains("environ")
}

/// Whether a call reads those files of a list that exist.
fn reads_any(call: &Call) -> bool {
    let is_list = matches!(call.arguments, [first, ..] if first.token == Token::Mark('['));
    is_list && is_of(&["read"], call.name)
}

/// A path without the scheme of its address.
fn without_scheme(text: &str) -> &str {
    let mut all = SCHEMES.iter();
    all.find_map(|scheme| {
        text.strip_prefix(scheme)
            .filter(|path| path.starts_with('/'))
    })
    .unwrap_or(text)
}

/// An address of a file without what SQLite may find behind it, and whether that says that the file is only read.
fn without_query(text: &str) -> (&str, bool) {
    match text.split_once('?') {
        Some((address, query)) if text.starts_with("file:") => {
            let is_read_only = query.contains("mode=ro") || query.contains("immutable=1");
            (address, is_read_only)
        }
        _ => (text, false),
    }
}

/// Whether a text is an argument with a name that is served.
fn is_served(pieces: &[Piece], at: usize) -> bool {
    let before = at.checked_sub(2).and_then(|start| pieces.get(start..at));
    matches!(
        before,
        Some([Piece { token: Token::Name(name), .. }, Piece { token: Token::Mark('=' | ':'), .. }])
            if SERVED.contains(&name.as_str())
    )
}

/// Whether a text is one of several paths, of which any may exist.
fn is_of_list(pieces: &[Piece], at: usize) -> bool {
    let is_path_at = |at: Option<usize>| {
        let piece = at.and_then(|at| pieces.get(at));
        matches!(piece, Some(Piece { token: Token::Text(text), .. }) if is_path(text))
    };
    let is_comma = |at: Option<usize>| {
        let piece = at.and_then(|at| pieces.get(at));
        matches!(
            piece,
            Some(Piece {
                token: Token::Mark(','),
                ..
            })
        )
    };
    let before = at.checked_sub(1);
    is_comma(Some(at + 1)) && is_path_at(Some(at + 2))
        || is_comma(before) && is_path_at(at.checked_sub(2))
}
