//! Words: their text without expansions, and the commands substituted in them.

use brush_parser::ParserOptions;
use brush_parser::ast::Program;
use brush_parser::word::{WordPiece, WordPieceWithSource};

use super::parse;
use super::visit::Visit;

impl Visit<'_> {
    /// Returns the text of a word; `None` if it has expansions. Visits the commands substituted in it.
    pub(super) fn word(&mut self, value: &str) -> Option<String> {
        let pieces = pieces(value)?;
        self.decides &= count(&pieces) == 1;
        self.substitutions(&pieces);
        let mut text = String::new();
        let is_known = flat(&pieces, &mut text, false) && !pieces.iter().any(is_pattern);
        is_known.then_some(text)
    }

    pub(super) fn substitutions(&mut self, pieces: &[WordPieceWithSource]) {
        for piece in pieces {
            match &piece.piece {
                WordPiece::CommandSubstitution(text)
                | WordPiece::BackquotedCommandSubstitution(text)
                    if self.depth < 8 =>
                {
                    if let Ok(program) = parse(text) {
                        self.substitution(&program);
                    }
                }
                WordPiece::DoubleQuotedSequence(pieces)
                | WordPiece::GettextDoubleQuotedSequence(pieces) => {
                    self.substitutions(pieces);
                }
                _ => {}
            }
        }
    }

    /// Visits a substitution. Its effects on variables and options end with it, and it does not inherit `-e`.
    fn substitution(&mut self, program: &Program) {
        let errexit = std::mem::take(&mut self.errexit);
        let decides = std::mem::take(&mut self.decides);
        let before = self.at;
        self.depth += 1;
        if decides {
            self.program(program, true);
        } else {
            self.maybe(|visit| visit.program(program, false));
        }
        self.depth -= 1;
        self.at = before;
        self.errexit = errexit;
    }
}

pub(super) fn pieces(value: &str) -> Option<Vec<WordPieceWithSource>> {
    brush_parser::word::parse(value, &ParserOptions::default()).ok()
}

/// Appends the text of the pieces. Returns whether all of it is known. `path`: whether `$PATH` counts as known, and adds nothing.
pub(super) fn flat(pieces: &[WordPieceWithSource], text: &mut String, path: bool) -> bool {
    let mut is_known = true;
    for piece in pieces {
        match &piece.piece {
            WordPiece::Text(part) | WordPiece::SingleQuotedText(part) => text.push_str(part),
            WordPiece::EscapeSequence(part) => {
                text.push_str(part.strip_prefix('\\').unwrap_or(part));
            }
            WordPiece::DoubleQuotedSequence(pieces)
            | WordPiece::GettextDoubleQuotedSequence(pieces) => {
                is_known &= flat(pieces, text, path);
            }
            WordPiece::ParameterExpansion(expression) if path => {
                is_known &= format!("{expression:?}").contains("Named(\"PATH\")");
            }
            _ => is_known = false,
        }
    }
    is_known
}

/// Whether the shell may expand the piece into other words: matching file names, or the alternatives in braces.
fn is_pattern(piece: &WordPieceWithSource) -> bool {
    matches!(&piece.piece, WordPiece::Text(text) if text.len() > 1 && text.contains(['*', '?', '[', '{']))
}

/// Counts the command substitutions.
fn count(pieces: &[WordPieceWithSource]) -> usize {
    let of = |piece: &WordPieceWithSource| match &piece.piece {
        WordPiece::CommandSubstitution(_) | WordPiece::BackquotedCommandSubstitution(_) => 1,
        WordPiece::DoubleQuotedSequence(pieces)
        | WordPiece::GettextDoubleQuotedSequence(pieces) => count(pieces),
        _ => 0,
    };
    pieces.iter().map(of).sum()
}
