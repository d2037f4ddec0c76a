//! What a source takes care of: files and programs that it asks for first, and errors that it catches.

use std::collections::{BTreeMap, BTreeSet};

use super::calls::{Call, calls, is_of};
use super::catches::caught;
use super::literals::is_path;
use super::table::Spoken;
use crate::foresight::known::{Effect, Started, Use};
use crate::inspect::{Environment, Language, Piece, Token, Variable};

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
    /// Lines that use a default at once, each with the variable of the environment that may say otherwise.
    defaults: BTreeMap<usize, String>,
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

/// What asks for a variable of the environment.
const ASKS: [&str; 6] = [
    "environ.get",
    "environ",
    "getenv",
    "$ENV",
    "process.env",
    "ENV.fetch",
];

/// Words that end a program.
const ENDS: [&str; 6] = ["exit", "raise ", "throw ", "die ", "die(", "abort"];

/// What is before what is done if something fails.
const OR_ELSE: [&str; 2] = ["||", " or "];

/// How that begins if it ends the program.
const ENDING: [&str; 8] = [
    "abort", "confess", "croak", "die", "exit", "fail", "raise", "sys.exit",
];

/// Words by which a condition is the opposite.
const NEGATIONS: [&str; 12] = [
    "not ", "!", "unless ", " is None", " == None", "== null", ".empty?", ".nil?", "empty(",
    "== false", "== 0", "< 1",
];

/// How loops begin that wait until something is there.
const WAITS: [&str; 5] = ["until ", "while !", "while (!", "while not ", "while(!"];

/// What joins a condition with others.
const OTHER_CONDITIONS: [&str; 4] = [" and ", " or ", "&&", "||"];

/// How what is there is taken of a list of files that may have none.
const TAKES: [&str; 4] = ["[0]", "[-1]", ".first", ".last"];

/// Words of what makes a file that is missing.
const MAKES: [&str; 5] = ["mkdir", "makedirs", "open", "touch", "write"];

/// What ends a program is at most so many lines below the condition.
const FAR: usize = 3;

/// Conditions are looked for in lines of no more bytes.
const MAX_LINE: usize = 2000;

/// No more places of a source that catch errors are looked at.
const MAX_CAUGHT: usize = 1000;

impl Guards {
    pub fn of(spoken: &Spoken, text: &str, pieces: &[Piece]) -> Self {
        let mut libraries = spoken.mentions.split('|');
        let mut guards = Self {
            has_library: libraries.any(|library| text.contains(library)),
            ..Self::default()
        };
        // In a longer line, nobody has written a condition.
        let lines = text
            .lines()
            .map(|it| if it.len() > MAX_LINE { "" } else { it });
        let lines: Vec<_> = lines.collect();
        let asks = |call: &Call| is_of(spoken.tests, call.name) || is_of(spoken.asks, call.name);
        for call in calls(spoken, pieces).into_iter().filter(asks) {
            let first = call.texts().next().filter(|_| ends(&lines, call.line));
            if is_of(spoken.tests, call.name) {
                guards.tested.extend(call.texts().map(str::to_owned));
                // Without the directory of a pattern, nothing matches.
                let needed = first.map(|path| match path.find('*') {
                    Some(at) => path[..at].rsplit_once('/').map_or("", |(dir, _)| dir),
                    None => path,
                });
                let needed = needed.filter(|path| is_path(path));
                let needed = needed.map(|path| needed_as(path, &call));
                guards.needed.extend(needed.map(|it| (call.line, it)));
            }
            if is_of(spoken.asks, call.name) {
                guards.asked.extend(call.texts().map(str::to_owned));
                let needed = first.map(|name| Effect::Starts(Started::new(name, Vec::new())));
                guards.needed.extend(needed.map(|it| (call.line, it)));
            }
        }
        if spoken.language == Language::Perl {
            for (line, path) in perl_tests(pieces) {
                let is_needed = ends(&lines, line) && is_path(&path);
                let needed = is_needed.then(|| Effect::file(path.clone(), Use::Reads));
                guards.needed.extend(needed.map(|it| (line, it)));
                guards.tested.insert(path);
            }
        }
        for (number, line) in text.lines().enumerate() {
            // Where Perl is given arguments, there are no others.
            let whole = line;
            let line = without_end(line).replacen("@ARGV = (", "(", 1);
            // A variable that gets the value may be looked at first.
            let before = line.split_once('=').map_or("(", |(before, _)| before);
            let is_used_here = line.len() < whole.len() || before.contains('(');
            let variable = variable(&line).filter(|_| is_used_here);
            guards
                .defaults
                .extend(variable.map(|it| (number + 1, it.to_owned())));
            if ALTERNATIVES.iter().any(|mark| line.contains(mark)) {
                guards.alternatives.insert(number + 1);
            }
        }
        guards.caught = caught(spoken, text, pieces);
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

    /// Whether a line uses a default, because the unit does not set the variable that may say otherwise.
    pub fn uses_default(&self, line: usize, environment: &Environment) -> bool {
        let variable = self.defaults.get(&line);
        variable.is_some_and(|name| environment.variable(name) == Variable::Unset)
    }

    /// Whether a value in this line may be taken from elsewhere.
    pub fn has_alternative(&self, line: usize) -> bool {
        self.alternatives.contains(&line)
    }
}

/// A line without what ends the program if what is before it fails: `open(…) or die "…"`.
fn without_end(line: &str) -> &str {
    let mut all = OR_ELSE.iter().flat_map(|or| line.match_indices(or));
    let at = all.find(|(at, or)| {
        let behind = line[at + or.len()..].trim_start();
        ENDING.iter().any(|word| behind.starts_with(word))
    });
    at.map_or(line, |(at, _)| &line[..at])
}

/// Whether the program most likely ends if what it asks for in this line is missing: because of a condition there or of one in a line
/// below, about the variable that has the answer, or by `… or die`.
fn ends(lines: &[&str], line: usize) -> bool {
    let Some((first, rest)) = lines
        .get(line.saturating_sub(1)..)
        .and_then(<[_]>::split_first)
    else {
        return false;
    };
    if without_end(first).len() < first.len() || is_ending(first, rest) || waits(first) {
        return true;
    }
    let Some(variable) = assigned(first) else {
        return false;
    };
    let asks = |text: &str| {
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
        words.any(|word| word == variable)
    };
    let at = rest.iter().take(FAR).position(|text| asks(text));
    at.is_some_and(|at| is_ending(rest[at], &rest[at + 1..]) || takes(rest[at], variable))
}

/// Whether a line is a loop that waits until what it asks for is there, and for nothing else.
fn waits(line: &str) -> bool {
    let line = line.trim_start();
    let is_alone = !OTHER_CONDITIONS.iter().any(|word| line.contains(word));
    let is_comment = line.starts_with(['#', '/', '*']);
    let is_loop = WAITS.iter().any(|start| line.starts_with(start));
    // `sleep 1 until File.exist?("/a")`
    is_alone && !is_comment && (is_loop || line.contains(" until "))
}

/// Whether a line takes something of the list that a variable has.
fn takes(line: &str, variable: &str) -> bool {
    let mut all = TAKES.iter();
    all.any(|take| line.contains(&format!("{variable}{take}")))
}

/// The variable of the environment that a line asks for.
fn variable(line: &str) -> Option<&str> {
    let mut all = ASKS.iter();
    let (_, rest) = all.find_map(|ask| line.split_once(ask))?;
    let name = rest.trim_start_matches(['(', '[', '{', '.', '\'', '"', '?']);
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let end = name.find(|c: char| !is_part(c)).unwrap_or(name.len());
    (end > 0).then(|| &name[..end])
}

/// The variable that a line gives a value.
fn assigned(line: &str) -> Option<&str> {
    let (before, behind) = line.split_once('=')?;
    let name = before
        .split_whitespace()
        .next_back()?
        .trim_start_matches('$');
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    (is_name && !behind.starts_with(['=', '~', '>'])).then_some(name)
}

/// Whether a condition in a line, with what is below it, most likely ends the program if what it asks for is missing.
fn is_ending(first: &str, rest: &[&str]) -> bool {
    let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
    if !has(first, &NEGATIONS) {
        return false;
    }
    let indent = |text: &str| text.len() - text.trim_start().len();
    let body = rest.iter().take(FAR - 1).copied();
    let body = body.take_while(|text| indent(text) > indent(first));
    let all: Vec<_> = std::iter::once(first).chain(body).collect();
    all.iter().any(|text| has(text, &ENDS)) && !all.iter().any(|text| has(text, &MAKES))
}

/// `-e '/a'` and the like.
fn perl_tests(pieces: &[Piece]) -> impl Iterator<Item = (usize, String)> {
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
        ] => (flag.len() == 1).then(|| (window[0].line, path.clone())),
        _ => None,
    })
}

/// What a source ends without: one that asks whether it can write there most likely makes files there.
fn needed_as(path: &str, call: &Call) -> Effect {
    let writes = is_of(
        &["is_writable", "is_writeable", "File.writable?"],
        call.name,
    ) || call.names_any(&["W_OK", "os.W_OK", "fs.constants.W_OK"]);
    let is_directory = || !path.rsplit('/').next().unwrap_or_default().contains('.');
    match writes {
        true if is_directory() => Effect::file(format!("{path}/…"), Use::Makes),
        true => Effect::file(path.to_owned(), Use::Makes),
        false => Effect::file(path.to_owned(), Use::Reads),
    }
}
