//! An open page, and the place in it.

use std::collections::BTreeSet;

use super::Page;
use super::row::{Branch, Mark};

/// An open page.
pub struct Visit {
    /// The page.
    pub page: Page,
    /// The number of the selected row.
    pub selected: usize,
    /// The number of the first row on the screen.
    pub offset: usize,
    /// The word that is searched.
    pub word: String,
    /// The column that was chosen to sort by.
    pub order: Option<usize>,
    /// Which branches of a tree are unfolded.
    pub unfolded: BTreeSet<Branch>,
    /// The row that was selected when another page was opened.
    pub left_at: Option<Mark>,
}

impl Visit {
    /// A page that was just opened.
    pub fn new(page: Page) -> Self {
        Self {
            page,
            selected: 0,
            offset: 0,
            word: String::new(),
            order: None,
            unfolded: BTreeSet::new(),
            left_at: None,
        }
    }

    /// Selects a row among so many, by a distance from the selected one.
    pub fn step(&mut self, distance: isize, rows: usize) {
        self.selected = self
            .selected
            .saturating_add_signed(distance)
            .min(rows.saturating_sub(1));
    }

    /// Moves the screen of this height so that it has the selected row.
    pub fn follow(&mut self, height: usize, rows: usize) {
        self.selected = self.selected.min(rows.saturating_sub(1));
        self.offset = self.offset.min(rows.saturating_sub(height));
        if self.selected < self.offset {
            self.offset = self.selected;
        } else if self.selected >= self.offset + height {
            self.offset = self.selected + 1 - height;
        }
    }
}
