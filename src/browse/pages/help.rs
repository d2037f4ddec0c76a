//! The keys.

use super::wrapped::wrapped;
use crate::browse::keys::HELP;
use crate::browse::listing::Listing;
use crate::browse::row::Row;
use crate::text::text;

/// Where a line says what keys do.
const COLUMN: usize = 35;
/// With less room for that, it is below the keys.
const LEAST: usize = 30;

/// What each key does.
pub fn listing(width: usize) -> Listing {
    let mut rows = Vec::new();
    for (keys, what) in HELP {
        if width < COLUMN + LEAST {
            rows.push(Row::heading(text!("{}", keys)));
            let lines = wrapped(&format!("  {what}"), width);
            rows.extend(lines.into_iter().map(Row::line));
            continue;
        }
        let mut keys = keys;
        for line in wrapped(what, width - COLUMN) {
            // `text!` pads only numbers.
            let column = format!(" {keys:<width$}", width = COLUMN - 1);
            rows.push(Row::line(text!("{}{}", column, line)));
            keys = "";
        }
    }
    Listing::lines(rows)
}
