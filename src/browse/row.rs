//! Rows of a page, made only of text that can't control a terminal.

use super::Page;
use crate::text::{Terminal, Text, bytes, count, text};

/// A column of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its title, which may be empty.
    pub title: &'static str,
    /// Whether it holds numbers: right-aligned, and sorted by the largest first.
    pub is_number: bool,
    /// Whether it takes the width that the others leave. One column of a list does.
    pub is_flexible: bool,
    /// Which columns are left out first where there is no room: those with the largest number. Those with 0 stay.
    pub rank: u8,
}

impl Column {
    /// A column of numbers.
    pub const fn number(title: &'static str) -> Self {
        Self {
            title,
            is_number: true,
            is_flexible: false,
            rank: 0,
        }
    }

    /// A column of short words.
    pub const fn word(title: &'static str) -> Self {
        Self {
            title,
            is_number: false,
            is_flexible: false,
            rank: 0,
        }
    }

    /// The column that takes the width that the others leave.
    pub const fn flexible(title: &'static str) -> Self {
        Self {
            title,
            is_number: false,
            is_flexible: true,
            rank: 0,
        }
    }

    /// The column with this rank.
    #[must_use]
    pub const fn ranked(self, rank: u8) -> Self {
        Self { rank, ..self }
    }
}

/// A cell of a row.
pub struct Cell {
    text: Text<Terminal>,
    value: u64,
}

impl Cell {
    /// A text.
    pub fn new(text: Text<Terminal>) -> Self {
        Self { text, value: 0 }
    }

    /// A word of confinix.
    pub fn own(word: &'static str) -> Self {
        Self::new(Text::own(word))
    }

    /// A number, by which the column can be sorted. Zero is a dot, so that other numbers stand out.
    pub fn number(value: u64) -> Self {
        let text = match value {
            0 => Text::own("·"),
            value => text!("{}", value),
        };
        Self { text, value }
    }

    /// Some of these, by which the column can be sorted.
    pub fn count(value: usize, noun: &str) -> Self {
        Self {
            text: text!("{}", count(value, noun)),
            value: value as u64,
        }
    }

    /// A size in bytes, by which the column can be sorted.
    pub fn size(value: u64) -> Self {
        Self {
            text: text!("{}", bytes(value)),
            value,
        }
    }

    /// The text, which is safe to print.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// What the column is sorted by, the largest first.
    pub(super) fn value(&self) -> u64 {
        self.value
    }
}

/// How a row stands out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    /// It does not.
    #[default]
    Plain,
    /// Something is denied.
    Denied,
    /// There is a warning.
    Warned,
    /// It matters less.
    Dim,
    /// It is the heading of the rows below it.
    Heading,
}

/// The place of a row in a tree: the numbers of the nodes that lead to it, the root first.
pub type Branch = Vec<u32>;

/// What tells rows of a page apart: the place in a tree, and the page that is opened.
pub type Mark = (Option<Branch>, Option<Page>);

/// A row of a page.
#[derive(Default)]
pub struct Row {
    /// One for each column; fewer leave the others empty.
    pub cells: Vec<Cell>,
    /// How it stands out.
    pub tone: Tone,
    /// What the line below the list shows while the row is selected: what had no room in it.
    pub detail: Text<Terminal>,
    /// The page that it opens.
    pub opens: Option<Page>,
    /// Its place in a tree, and whether something below it is shown or can be.
    pub branch: Option<(Branch, Fold)>,
}

/// Whether the rows below a row of a tree are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// There are none.
    Leaf,
    /// They are not.
    Folded,
    /// They are.
    Unfolded,
}

impl Row {
    /// A row with these cells.
    pub fn new(cells: impl IntoIterator<Item = Cell>) -> Self {
        Self {
            cells: cells.into_iter().collect(),
            ..Self::default()
        }
    }

    /// A line of text that opens nothing.
    pub fn line(text: Text<Terminal>) -> Self {
        Self::new([Cell::new(text)])
    }

    /// A heading of confinix.
    pub fn heading(text: Text<Terminal>) -> Self {
        Self {
            tone: Tone::Heading,
            ..Self::line(text)
        }
    }

    /// The row, opening this page.
    #[must_use]
    pub fn opening(self, page: Page) -> Self {
        Self {
            opens: Some(page),
            ..self
        }
    }

    /// The row, with this detail.
    #[must_use]
    pub fn detailed(self, detail: Text<Terminal>) -> Self {
        Self { detail, ..self }
    }

    /// The row, in this tone.
    #[must_use]
    pub fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }

    /// What tells this row from others of the page, whatever is shown.
    pub(super) fn mark(&self) -> Mark {
        (
            self.branch.as_ref().map(|(branch, _)| branch.clone()),
            self.opens.clone(),
        )
    }

    /// Whether the row has this word, which is in lower case, in what it shows.
    pub(super) fn has(&self, word: &str) -> bool {
        let mut shown = self.cells.iter().map(Cell::as_str);
        shown.any(|text| text.to_lowercase().contains(word))
            || self.detail.as_str().to_lowercase().contains(word)
    }
}
