//! Assignments to the variables of a source.

use crate::inspect::{Piece, Token};

/// An assignment to a variable.
pub(super) struct Assignment<'a> {
    pub variable: &'a str,
    /// Its line, from 1.
    pub line: usize,
    /// Whether it changes the value that the variable has (`NAME += …`).
    pub is_change: bool,
    /// What is behind the mark, to the end of the source.
    pub behind: &'a [Piece],
}

impl<'a> Assignment<'a> {
    /// The value, as far as it is in the same line; no more than `most` pieces of it.
    pub fn value(&self, most: usize) -> &'a [Piece] {
        let value = &self.behind[..self.behind.len().min(most)];
        let is_end = |piece: &Piece| piece.line != self.line || piece.token == Token::Mark(';');
        let length = value.iter().position(is_end).unwrap_or(value.len());
        &value[..length]
    }
}

/// The assignments of a source. Those of arguments with names are among them.
pub(super) fn assignments(pieces: &[Piece]) -> impl Iterator<Item = Assignment<'_>> {
    (0..pieces.len()).filter_map(|at| {
        let [variable, mark, behind @ ..] = &pieces[at..] else {
            return None;
        };
        let Token::Name(name) = &variable.token else {
            return None;
        };
        let (is_change, behind) = match (&mark.token, &behind.first()?.token) {
            // A comparison, or a pair.
            (Token::Mark('='), Token::Mark('=' | '~' | '>')) => return None,
            (Token::Mark('='), _) => (false, behind),
            (Token::Mark('+' | '.' | '|' | '?'), Token::Mark('=')) => (true, &behind[1..]),
            _ => return None,
        };
        // `NAME: TYPE = …`
        let is_type = at > 0 && pieces[at - 1].token == Token::Mark(':');
        (!is_type).then_some(Assignment {
            variable: name,
            line: variable.line,
            is_change,
            behind,
        })
    })
}
