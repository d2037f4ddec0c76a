//! Sources of programs in languages other than the shell's: their names, their texts and the marks between them.
//!
//! No more than is needed to tell a call with its arguments from a comment. What can't be told apart without a parser, such as a regular
//! expression from two divisions, is guessed; a wrong guess hides or adds texts, and never fails.

mod quotes;
mod scan;
#[cfg(test)]
mod tests;

use self::scan::Scan;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// awk
    Awk,
    /// JavaScript
    JavaScript,
    /// Lua
    Lua,
    /// Perl
    Perl,
    /// PHP
    Php,
    /// Python
    Python,
    /// Ruby
    Ruby,
    /// Tcl
    Tcl,
}

impl Language {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Awk,
        Self::JavaScript,
        Self::Lua,
        Self::Perl,
        Self::Php,
        Self::Python,
        Self::Ruby,
        Self::Tcl,
    ];
}

/// A piece of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub token: Token,
    /// Its line, from 1.
    pub line: usize,
}

/// What a piece is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token {
    /// A name, with those that it is a member of: `os.path.exists`, `File::exist?`, `$x`.
    Name(String),
    /// A string, escapes undone. What is put into it at run time is `$RANDOM`.
    Text(String),
    /// A string that the language runs as a command: `` `ls` ``.
    Command(String),
    /// Any other character.
    Mark(char),
}

/// The placeholder in a text for what only the running program knows.
pub const INTERPOLATED: &str = "$RANDOM";

/// Above this, in bytes, a source is data.
const MAX_SIZE: usize = 1 << 20;

/// The pieces of a source, without its comments; none if it is too large.
pub fn pieces(language: Language, text: &str) -> Vec<Piece> {
    if text.len() > MAX_SIZE {
        return Vec::new();
    }
    Scan::new(language, text).pieces()
}
