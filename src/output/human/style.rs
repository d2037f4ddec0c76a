//! Colours of a terminal.

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
    pub fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// Red, bold text.
    pub fn red(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    /// Yellow text.
    pub fn yellow(self, text: &str) -> String {
        self.wrap("33", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Coloured => format!("\x1b[{code}m{text}\x1b[0m"),
        }
    }
}
