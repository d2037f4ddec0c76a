//! Calls of functions in a source.

use super::guards::Guards;
use super::host;
use super::lines::{opened_program, split};
use super::table::Spoken;
use crate::foresight::known::{Effect, Name, Purpose, Started};
use crate::inspect::{INTERPOLATED, Language, Piece, Token};

/// A call of a function.
pub(super) struct Call<'a> {
    /// Its name, with what it is a member of.
    pub name: &'a str,
    /// Its arguments, in one piece.
    pub arguments: &'a [Piece],
    /// Where the arguments begin among all pieces.
    pub start: usize,
    pub line: usize,
}

/// No call has more pieces than this.
const MOST: usize = 400;

/// No more calls of a source are looked at.
const MAX_CALLS: usize = 20_000;

/// The calls of a source.
pub(super) fn calls<'a>(spoken: &Spoken, pieces: &'a [Piece]) -> Vec<Call<'a>> {
    let mut calls = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        if calls.len() >= MAX_CALLS {
            break;
        }
        match &piece.token {
            Token::Name(name) => {
                let opens = |mark| matches!(pieces.get(at + 1), Some(next) if next.token == Token::Mark(mark));
                let is_pattern = spoken.language == Language::Ruby && name == "Dir" && opens('[');
                let has_brackets = opens('(') || is_pattern;
                let start = at + 1 + usize::from(has_brackets);
                let is_bare = spoken.is_bare && matters(spoken, name);
                if !has_brackets && !is_bare {
                    continue;
                }
                let length = length(&pieces[start.min(pieces.len())..], has_brackets, piece.line);
                calls.push(Call {
                    name: if is_pattern { "Dir.glob" } else { name },
                    arguments: &pieces[start.min(pieces.len())..][..length],
                    start,
                    line: piece.line,
                });
            }
            Token::Command(_) => calls.push(Call {
                name: "`",
                arguments: &pieces[at..=at],
                start: at,
                line: piece.line,
            }),
            _ => calls.extend(of_awk(spoken, pieces, at)),
        }
    }
    calls
}

/// `"…" | getline`, `print | "…"`, `print > "…"` and `getline <"…"` of awk.
fn of_awk<'a>(spoken: &Spoken, pieces: &'a [Piece], at: usize) -> Option<Call<'a>> {
    if spoken.language != Language::Awk {
        return None;
    }
    let is_text = |piece: &Piece| matches!(piece.token, Token::Text(_));
    let before = at.checked_sub(1).and_then(|before| pieces.get(before))?;
    let after = pieces.get(at + 1)?;
    let is_getline = |piece: &Piece| matches!(&piece.token, Token::Name(name) if name == "getline");
    let (name, start) = match pieces[at].token {
        Token::Mark('|') if is_getline(after) && is_text(before) => ("system", at - 1),
        Token::Mark('|') if is_text(after) => ("system", at + 1),
        Token::Mark('<') if is_text(after) => ("getline", at + 1),
        Token::Mark('>') if is_text(after) => ("print", at + 1),
        _ => return None,
    };
    Some(Call {
        name,
        arguments: &pieces[start..=start],
        start,
        line: pieces[at].line,
    })
}

/// Whether a function is of those that matter here.
fn matters(spoken: &Spoken, name: &str) -> bool {
    let all = [
        spoken.shell,
        spoken.starts,
        spoken.opens,
        spoken.makes,
        spoken.copies,
        spoken.tests,
        spoken.asks,
        spoken.own_user,
        spoken.user,
        spoken.group,
    ];
    all.iter().any(|names| is_of(names, name)) || host::matters(name)
}

/// How many pieces the arguments have.
pub(super) fn length(pieces: &[Piece], has_brackets: bool, line: usize) -> usize {
    let mut depth = 0_usize;
    let mut line = line;
    for (at, piece) in pieces.iter().enumerate().take(MOST) {
        let is_outside = depth == 0 && !has_brackets;
        let ends = match &piece.token {
            Token::Mark('(' | '[' | '{') => {
                depth += 1;
                false
            }
            Token::Mark(')' | ']' | '}') if depth == 0 => true,
            Token::Mark(')' | ']' | '}') => {
                depth -= 1;
                false
            }
            Token::Mark(';') => is_outside,
            Token::Name(name) if ENDS.contains(&name.as_str()) => is_outside,
            _ => is_outside && piece.line > line,
        };
        if ends {
            return at;
        }
        // After a comma, a list goes on in the next line.
        line = piece.line + usize::from(piece.token == Token::Mark(','));
    }
    pieces.len().min(MOST)
}

/// Words that end the arguments of a call without brackets.
const ENDS: [&str; 6] = ["and", "do", "if", "or", "then", "unless"];

/// Whether a name is one of these, itself or as a member of something.
pub(super) fn is_of(names: &[&str], name: &str) -> bool {
    let last = name.rsplit(['.', ':']).next().unwrap_or(name);
    // What is asked of the result may be behind it: `Etc.getpwuid.name`.
    let leads = |known: &str| {
        let rest = name.strip_prefix(known).filter(|_| known.contains('.'));
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    let mut all = names.iter();
    all.any(|known| *known == name || *known == last || leads(known))
}

impl Call<'_> {
    /// The texts at the beginning: the first argument, or the first of a list, and those that follow. `None` for what is no text.
    pub fn words(&self, spoken: &Spoken) -> Vec<Option<&str>> {
        let joins = matches!(spoken.language, Language::Perl | Language::Php);
        let mut words = Vec::new();
        let mut is_new = true;
        let mut depth = 0_usize;
        let is_list =
            matches!(self.arguments.first(), Some(first) if first.token == Token::Mark('['));
        for piece in self.arguments {
            match &piece.token {
                Token::Mark('(' | '[' | ',') => {
                    depth += usize::from(piece.token == Token::Mark('['));
                    is_new = true;
                }
                // The end of the list that is the first argument.
                Token::Mark(']') if is_list && depth == 1 => break,
                Token::Mark(mark @ (')' | ']' | '}' | '{')) => {
                    depth -= usize::from(*mark == ']' && depth > 0);
                }
                Token::Text(text) if is_new => {
                    words.push(Some(text.as_str()).filter(|text| !text.contains(INTERPOLATED)));
                    is_new = false;
                }
                _ if is_new => {
                    words.push(None);
                    is_new = false;
                }
                // Something is made of the text before.
                Token::Mark(mark) if "+.%".contains(*mark) && (*mark != '.' || joins) => {
                    if let Some(last) = words.last_mut() {
                        *last = None;
                    }
                }
                _ => {}
            }
        }
        words
    }

    /// The text of the first argument, with what is put into it.
    pub fn text(&self) -> Option<&str> {
        let is_bracket = |piece: &&Piece| matches!(piece.token, Token::Mark('(' | '['));
        match &self
            .arguments
            .iter()
            .find(|piece| !is_bracket(piece))?
            .token
        {
            Token::Text(text) | Token::Command(text) => Some(text),
            _ => None,
        }
    }

    /// All texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.arguments
            .iter()
            .filter_map(|piece| match &piece.token {
                Token::Text(text) => Some(text.as_str()),
                _ => None,
            })
    }

    /// Whether its arguments have one of these names, itself or as a member of something.
    pub fn names_any(&self, names: &[&str]) -> bool {
        let mut all = self.arguments.iter();
        all.any(|piece| matches!(&piece.token, Token::Name(name) if is_of(names, name)))
    }

    fn names(&self, name: &str) -> bool {
        let mut all = self.arguments.iter();
        all.any(|piece| matches!(&piece.token, Token::Name(other) if other == name))
    }

    /// What it does. Whether it comes to be called is not known.
    pub fn effects(&self, spoken: &Spoken, guards: &Guards) -> Vec<Effect> {
        let mut all = Vec::new();
        if let Some(started) = self.started(spoken, guards) {
            let is_asked = guards.asked.contains(&started.word);
            all.extend((!is_asked).then_some(Effect::Starts(started)));
        }
        let first = self.text().unwrap_or_default();
        let is_named = is_of(spoken.user, self.name) || is_of(spoken.group, self.name);
        let named = [
            (is_named && self.text().is_none()).then_some(Name::Any),
            is_of(spoken.own_user, self.name).then_some(Name::Own),
            Name::user(first).filter(|_| is_of(spoken.user, self.name)),
            Name::group(first).filter(|_| is_of(spoken.group, self.name)),
        ];
        all.extend(named.into_iter().flatten().map(|name| Effect::LooksUp {
            name,
            purpose: Purpose::Tell,
            is_certain: false,
        }));
        all
    }

    fn started(&self, spoken: &Spoken, guards: &Guards) -> Option<Started> {
        if !guards.has_library && self.name != "`" {
            return None;
        }
        let is_started = is_of(spoken.starts, self.name) && self.arguments.len() < MOST;
        let is_open = spoken.language == Language::Perl && self.name == "open";
        let started = if self.name == "`" {
            let text = self.text()?;
            if spoken.splits {
                split(text)
            } else {
                Started::by_shell(Some(text.to_owned()))
            }
        } else if is_of(spoken.shell, self.name)
            || is_started && self.names("shell") && self.names("True")
        {
            Started::by_shell(Some(self.text()?.to_owned()))
        } else if is_started {
            let words = self.words(spoken);
            let (first, rest) = words.split_first()?;
            let text = self.text()?;
            match first {
                _ if spoken.splits && rest.is_empty() => split(text),
                Some(word) if spoken.language == Language::Python && word.contains(' ') => {
                    split(word)
                }
                Some(word) => {
                    let arguments = rest.iter().map(|word| word.map(str::to_owned));
                    Started::new(*word, arguments.collect())
                }
                None => return None,
            }
        } else if is_open {
            opened_program(&self.words(spoken))?
        } else {
            return None;
        };
        let is_command = !started.word.is_empty() && !started.word.contains([' ', '\n', '|']);
        is_command.then_some(Started {
            is_certain: false,
            ..started
        })
    }
}
