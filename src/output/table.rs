//! Columns of text.

use crate::text::{Terminal, Text, text};

/// Rows of cells, aligned into columns.
pub struct Table<const N: usize> {
    right: [bool; N],
    rows: Vec<[Text<Terminal>; N]>,
}

impl<const N: usize> Table<N> {
    /// A table with a heading; `right` lists the right-aligned columns, such as numbers.
    pub fn new(heading: [&'static str; N], right: [bool; N]) -> Self {
        Self {
            right,
            rows: vec![heading.map(Text::own)],
        }
    }

    pub fn row(&mut self, cells: [Text<Terminal>; N]) {
        self.rows.push(cells);
    }

    /// The table, two spaces between columns and none at the end of a line.
    pub fn render(&self) -> Text<Terminal> {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.width());
            }
        }
        let mut text = Text::new();
        for row in &self.rows {
            let mut line = Text::new();
            for ((cell, width), right) in row.iter().zip(widths).zip(self.right) {
                let space = " ".repeat(width.saturating_sub(cell.width()));
                let gap = if line.is_empty() { "" } else { "  " };
                line.push(if right {
                    text!("{}{}{}", gap, space, cell)
                } else {
                    text!("{}{}{}", gap, cell, space)
                });
            }
            text.push(text!("{}\n", line.trimmed_end()));
        }
        text
    }
}
