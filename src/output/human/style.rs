//! Colours of a terminal.

use crate::text::{Terminal, Text};

/// Whether text is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// It is not.
    Plain,
    /// With the escape sequences of ECMA-48.
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

    /// Yellow text.
    pub fn yellow(self, text: Text<Terminal>) -> Text<Terminal> {
        self.wrap("33", text)
    }

    fn wrap(self, code: &'static str, text: Text<Terminal>) -> Text<Terminal> {
        text.styled((self == Self::Coloured).then_some(code))
    }
}
