//! Words: what they say without expansions, and the commands substituted in them.

use brush_parser::ParserOptions;
use brush_parser::word::{WordPiece, WordPieceWithSource};

use super::parse;
use super::walk::Walk;

impl Walk {
    /// The text of a word without expansions; commands that are substituted are walked through.
    pub(super) fn word(&mut self, value: &str) -> Option<String> {
        let pieces = pieces(value)?;
        self.substitutions(&pieces);
        let mut text = String::new();
        flat(&pieces, &mut text, false).then_some(text)
    }

    pub(super) fn substitutions(&mut self, pieces: &[WordPieceWithSource]) {
        for piece in pieces {
            match &piece.piece {
                WordPiece::CommandSubstitution(text)
                | WordPiece::BackquotedCommandSubstitution(text)
                    if self.depth < 8 =>
                {
                    if let Ok(program) = parse(text) {
                        self.depth += 1;
                        self.maybe(|walk| walk.program(&program));
                        self.depth -= 1;
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
}

pub(super) fn pieces(value: &str) -> Option<Vec<WordPieceWithSource>> {
    brush_parser::word::parse(value, &ParserOptions::default()).ok()
}

/// Puts the pieces' text together; false where some of it is not known. `path`: `$PATH` in it is nothing new.
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
