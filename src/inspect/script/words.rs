//! Words with their expansions and command substitutions.

use brush_parser::ParserOptions;
use brush_parser::ast::{Command, Program};
use brush_parser::word::{Parameter, ParameterExpr, TildeExpr, WordPiece, WordPieceWithSource};

use super::ends::Within;
use super::parse;
use super::state::{Value, Words};
use super::visit::Visit;

/// Of no longer word the text is known, in bytes.
const MAX_TEXT: usize = 256 * 1024;

/// Substitutions and files that are read in may be nested as deeply.
pub(super) const MAX_DEPTH: usize = 8;

impl Visit<'_> {
    /// Returns the text of a word, if it is known and one word.
    pub(super) fn word(&mut self, value: &str) -> Option<String> {
        let pieces = pieces(value)?;
        self.decides &= count(&pieces) == 1;
        let (text, is_known) = self.flattened(&pieces);
        (is_known && !pieces.iter().any(is_pattern)).then_some(text)
    }

    /// The words that the shell makes of a word of a command.
    pub(super) fn words(&mut self, value: &str) -> Words {
        let Some(pieces) = pieces(value) else {
            return vec![None];
        };
        let inner = match pieces.as_slice() {
            [
                WordPieceWithSource {
                    piece: WordPiece::DoubleQuotedSequence(inner),
                    ..
                },
            ] => inner.as_slice(),
            all => all,
        };
        if let [
            WordPieceWithSource {
                piece: WordPiece::ParameterExpansion(expression),
                ..
            },
        ] = inner
            && let Some(several) = self.several(expression)
        {
            return several;
        }
        let is_bare = matches!(
            pieces.as_slice(),
            [WordPieceWithSource {
                piece: WordPiece::ParameterExpansion(_)
                    | WordPiece::CommandSubstitution(_)
                    | WordPiece::BackquotedCommandSubstitution(_),
                ..
            }]
        );
        // Without the directory of a pattern, the program gets the pattern, and fails as if it got the directory.
        if let Some((dir, text)) = self.pattern(value)
            && let Some(lost) = self.lost(dir, text)
        {
            let word = Some(lost).filter(|_| !self.state.nullglob);
            return word.map(Some).into_iter().collect();
        }
        match self.word(value) {
            // Blanks are not what separates words.
            Some(_) if is_bare && self.state.variable("IFS") != Value::Unknown => vec![None],
            Some(text) if is_bare => {
                let is_word = |word: &str| {
                    Some(word.to_owned()).filter(|word| !word.contains(['*', '?', '[']))
                };
                text.split_whitespace().map(is_word).collect()
            }
            word => vec![word],
        }
    }

    /// What does not exist of a pattern of files that surely fits none.
    fn lost(&self, dir: String, text: String) -> Option<String> {
        if self.world.test("-d", &dir) == Some(false) {
            return Some(dir);
        }
        (self.world.has_match(&text) == Some(false)).then_some(text)
    }

    /// The directory and the text of a word that is a pattern of files.
    pub(super) fn pattern(&mut self, value: &str) -> Option<(String, String)> {
        let pieces = pieces(value)?;
        if !pieces.iter().any(is_pattern) || count(&pieces) > 0 {
            return None;
        }
        let mut text = String::new();
        if !self.flat(&pieces, &mut text) || text.contains('{') {
            return None;
        }
        let start = text.find(['*', '?', '['])?;
        let dir = text[..start].rsplit_once('/')?.0.to_owned();
        dir.starts_with('/').then_some((dir, text))
    }

    /// The text of a pattern of `case`.
    pub(super) fn case_pattern(&mut self, value: &str) -> Option<String> {
        let pieces = pieces(value)?;
        let (text, is_known) = self.flattened(&pieces);
        is_known.then_some(text)
    }

    /// Visits what is substituted in these pieces.
    pub(super) fn substitutions(&mut self, pieces: &[WordPieceWithSource]) {
        self.flat(pieces, &mut String::new());
    }

    /// Appends the text of the pieces; returns whether all of it is known.
    pub(super) fn flat(&mut self, pieces: &[WordPieceWithSource], text: &mut String) -> bool {
        let mut is_known = true;
        for piece in pieces {
            if text.len() > MAX_TEXT {
                text.clear();
                is_known = false;
            }
            // What is expanded has words of its own.
            let (mut start, end) = (text.len(), self.expanded.end.take());
            match &piece.piece {
                WordPiece::Text(part) | WordPiece::SingleQuotedText(part) => text.push_str(part),
                WordPiece::AnsiCQuotedText(part) => match unescaped(part) {
                    Some(part) => text.push_str(&part),
                    None => is_known = false,
                },
                WordPiece::EscapeSequence(part) => {
                    text.push_str(part.strip_prefix('\\').unwrap_or(part));
                }
                WordPiece::DoubleQuotedSequence(pieces)
                | WordPiece::GettextDoubleQuotedSequence(pieces) => {
                    let is_all_known = self.flat(pieces, text);
                    self.expanded.end = end.or(self.expanded.end);
                    is_known &= is_all_known;
                    continue;
                }
                WordPiece::ParameterExpansion(expression) => {
                    let is_home = text.is_empty() && is_home(expression);
                    self.expanded.is_of_home |= is_home && !self.knows_home();
                    if let Some(part) = self.expansion(expression) {
                        text.push_str(&part);
                    } else {
                        is_known = false;
                        text.push_str(self.beginning_of(expression));
                        start = text.len();
                    }
                }
                WordPiece::CommandSubstitution(script)
                | WordPiece::BackquotedCommandSubstitution(script) => {
                    match self.substituted(script) {
                        Some(part) => text.push_str(&part),
                        None => is_known = false,
                    }
                }
                WordPiece::ArithmeticExpression(expression) => {
                    self.arithmetic(&expression.value);
                    is_known = false;
                }
                WordPiece::TildeExpansion(tilde) => {
                    let is_own = matches!(tilde, TildeExpr::Home);
                    if is_own && self.at.sure && !self.knows_home() {
                        self.script.lacks_home = Some(self.line);
                    }
                    if let TildeExpr::UserHome(user) = tilde {
                        self.script.home_of = Some((self.line, user.clone()));
                    }
                    is_known = false;
                }
            }
            self.expanded.end = end.or((!is_known).then_some(start));
        }
        is_known
    }

    /// Whether the home of the user is known, because the unit or the script sets it.
    pub(super) fn knows_home(&self) -> bool {
        matches!(self.state.variable("HOME"), Value::Known(_))
    }

    /// Visits an arithmetic expression, which may assign to what it names.
    pub(super) fn arithmetic(&mut self, expression: &str) {
        if let Some(pieces) = pieces(expression) {
            self.substitutions(&pieces);
        }
        if expression.contains(['=', '+', '-']) {
            for name in expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
                if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
                    self.state.assign(name, None);
                }
            }
        }
    }

    /// What a substitution prints, if that is known.
    fn substituted(&mut self, script: &str) -> Option<String> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        let program = parse(script).ok()?;
        let decides = std::mem::take(&mut self.decides);
        let within = self.at.within;
        if !decides {
            self.at.within = Within::Aside;
        }
        self.depth += 1;
        self.output = None;
        let value = self.in_subshell(|visit| {
            // A substitution does not inherit `-e`.
            visit.state.errexit = false;
            visit.program(&program, decides)
        });
        self.depth -= 1;
        self.at.within = within;
        self.decided = value;
        let output = self.output.take();
        output.filter(|_| is_single(&program))
    }
}

pub(super) fn pieces(value: &str) -> Option<Vec<WordPieceWithSource>> {
    brush_parser::word::parse(value, &ParserOptions::default()).ok()
}

/// Whether a program is one simple command.
fn is_single(program: &Program) -> bool {
    let [list] = program.complete_commands.as_slice() else {
        return false;
    };
    let [item] = list.0.as_slice() else {
        return false;
    };
    item.0.additional.is_empty() && matches!(item.0.first.seq.as_slice(), [Command::Simple(_)])
}

/// Whether the shell expands the piece to several words: by file names or by braces.
fn is_pattern(piece: &WordPieceWithSource) -> bool {
    matches!(&piece.piece, WordPiece::Text(text) if text.len() > 1 && text.contains(['*', '?', '[', '{']))
}

/// Counts the command substitutions.
pub(super) fn count(pieces: &[WordPieceWithSource]) -> usize {
    let of = |piece: &WordPieceWithSource| match &piece.piece {
        WordPiece::CommandSubstitution(_) | WordPiece::BackquotedCommandSubstitution(_) => 1,
        WordPiece::DoubleQuotedSequence(pieces)
        | WordPiece::GettextDoubleQuotedSequence(pieces) => count(pieces),
        _ => 0,
    };
    pieces.iter().map(of).sum()
}

/// The text of `$'…'`; `None` if it has escapes that hardly anybody writes.
fn unescaped(text: &str) -> Option<String> {
    let mut chars = text.chars();
    let mut made = String::new();
    while let Some(c) = chars.next() {
        made.push(match c {
            '\\' => match chars.next()? {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                c @ ('\\' | '\'' | '"') => c,
                _ => return None,
            },
            c => c,
        });
    }
    Some(made)
}

/// Whether this is `$HOME` or `${HOME}`.
fn is_home(expression: &ParameterExpr) -> bool {
    let ParameterExpr::Parameter {
        parameter: Parameter::Named(name),
        indirect: false,
    } = expression
    else {
        return false;
    };
    name == "HOME"
}
