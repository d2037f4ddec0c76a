//! The rows of a page as they are shown: found by a search, sorted by a column.

use super::row::{Column, Row};

/// The rows of a page.
#[derive(Default)]
pub struct Listing {
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows.
    pub rows: Vec<Row>,
    /// The column that it is sorted by; `None` if the rows can't be sorted.
    pub order: Option<usize>,
}

impl Listing {
    /// A table, sorted by this column.
    pub fn table(columns: impl Into<Vec<Column>>, order: usize) -> Self {
        Self {
            columns: columns.into(),
            rows: Vec::new(),
            order: Some(order),
        }
    }

    /// Lines, which can't be sorted.
    pub fn lines(rows: Vec<Row>) -> Self {
        Self {
            columns: vec![Column::flexible("")],
            rows,
            order: None,
        }
    }

    /// Keeps the rows that have this word, whatever its case.
    pub fn search(&mut self, word: &str) {
        if !word.is_empty() {
            let word = word.to_lowercase();
            self.rows.retain(|row| row.has(&word));
        }
    }

    /// Sorts the rows by this column, if they can be sorted: numbers the largest first, words by the alphabet.
    pub fn sort(&mut self, wanted: Option<usize>) {
        let Some(order) = self.order else {
            return;
        };
        let order = wanted
            .filter(|column| *column < self.columns.len())
            .unwrap_or(order);
        self.order = Some(order);
        let is_number = self.columns[order].is_number;
        self.rows.sort_by(|a, b| {
            let (a, b) = (a.cells.get(order), b.cells.get(order));
            match (a, b) {
                (Some(a), Some(b)) if is_number => b.value().cmp(&a.value()),
                (Some(a), Some(b)) => a.as_str().cmp(b.as_str()),
                (a, b) => b.is_some().cmp(&a.is_some()),
            }
        });
    }

    /// The column after or before the one that the rows are sorted by.
    pub fn next_order(&self, is_forward: bool) -> Option<usize> {
        let count = self.columns.len();
        let step = if is_forward {
            1
        } else {
            count.saturating_sub(1)
        };
        self.order.map(|order| (order + step) % count.max(1))
    }
}
