//! Terminal colours.

use crate::text::{Terminal, Text};

/// Whether to colour text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No colours.
    Plain,
    /// Colours, by the escape sequences of ECMA-48.
    Coloured,
}

impl Style {
    /// Bold text.
    pub fn bold(self, text: Text<Terminal>) -> Text<Terminal> {
        self.wrap("1", text)
    }

    /// Red, bold text.
    pub fn red(self, text: Text<Terminal>) -> Text<Terminal> {
        self.wrap("1;31", text)
    }

    /// Green text.
    pub fn green(self, text: Text<Terminal>) -> Text<Terminal> {
        self.wrap("32", text)
    }

    /// Yellow text.
    pub fn yellow(self, text: Text<Terminal>) -> Text<Terminal> {
        self.wrap("33", text)
    }

    fn wrap(self, code: &'static str, text: Text<Terminal>) -> Text<Terminal> {
        text.styled((self == Self::Coloured).then_some(code))
    }
}
