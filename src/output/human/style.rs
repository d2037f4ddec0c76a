//! What terminals show: colours, and lines that fit.

use crate::store::base_names;
use crate::text::{Terminal, Text, text};

/// Sentences are not made narrower than this.
const MIN_WIDTH: usize = 40;

/// How text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether it has colours, by the escape sequences of ECMA-48.
    pub is_coloured: bool,
    /// The width of the terminal, in columns; `None` if the text does not go to one.
    pub width: Option<usize>,
}

impl Style {
    /// Without colours, for any width.
    pub const PLAIN: Self = Self {
        is_coloured: false,
        width: None,
    };

    /// A sentence that begins in a column. On a terminal, store paths are shortened (`…-coreutils-9.1/bin/kill`), and the lines that follow
    /// are indented by so many columns.
    pub fn sentence(self, column: usize, indent: usize, sentence: &str) -> Text<Terminal> {
        let Some(width) = self.width else {
            return text!("{}", sentence);
        };
        let sentence = shortened(sentence);
        let width = width.max(MIN_WIDTH);
        let mut shown = Text::new();
        let (mut line, mut column) = (String::new(), column);
        for word in sentence.split(' ') {
            let length = word.chars().count();
            if !line.is_empty() && column + 1 + length > width {
                shown.push(text!("{}\n{}", line, " ".repeat(indent)));
                line.clear();
                column = indent;
            }
            if !line.is_empty() {
                line.push(' ');
                column += 1;
            }
            line.push_str(word);
            column += length;
        }
        shown.push(text!("{}", line));
        shown
    }

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
        text.styled(self.is_coloured.then_some(code))
    }
}

/// A text with only the names of store paths. Paths of other stores stay whole.
pub fn shortened(text: &str) -> String {
    let mut shown = text.to_owned();
    for mention in base_names(text) {
        shown = shown.replace(&format!("/nix/store/{}-", mention.hash), "…-");
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Document;

    const SENTENCE: &str = "it runs /nix/store/fnmf6pr6l0wna3dfzdx69slmggr2b58p-backup-1.0/bin/backup, which names /nix/storage and\u{1b}[31m more";

    fn shown(width: Option<usize>) -> String {
        let style = Style {
            width,
            ..Style::PLAIN
        };
        Document::from(style.sentence(10, 4, SENTENCE))
            .as_str()
            .to_owned()
    }

    #[test]
    fn sentences_fit_the_terminal() {
        let narrow =
            "it runs …-backup-1.0/bin/backup,\n    which names /nix/storage and\\u{1b}[31m more";
        assert_eq!(shown(Some(42)), narrow);
        assert_eq!(shown(Some(1)).lines().count(), 3);
        let wide = "it runs …-backup-1.0/bin/backup, which names /nix/storage and\\u{1b}[31m more";
        assert_eq!(shown(Some(200)), wide);
        assert_eq!(shown(None).lines().count(), 1);
        assert!(shown(None).contains("/nix/store/fnmf6pr6l0wna3dfzdx69slmggr2b58p-backup-1.0"));
    }
}
