//! Where texts are drawn, and how they fit.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::row::{Column, Row};

/// The columns between two columns of a list.
const GAP: usize = 2;

/// The place and the width of each column.
pub fn widths(columns: &[Column], rows: &[Row], whole: usize) -> Vec<(usize, usize)> {
    let mut widths: Vec<_> = columns
        .iter()
        // The mark of the order.
        .map(|column| width(column.title) + usize::from(!column.title.is_empty()))
        .collect();
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(&row.cells) {
            *widest = (*widest).max(width(cell.as_str()));
        }
    }
    let others: usize = columns
        .iter()
        .zip(&widths)
        .filter(|(column, _)| !column.is_flexible)
        .map(|(_, width)| width + GAP)
        .sum();
    let mut x = 0;
    let place = columns.iter().zip(widths).map(|(column, width)| {
        let width = if column.is_flexible {
            whole.saturating_sub(others)
        } else {
            width
        };
        let at = x;
        x += width + GAP;
        (at, width)
    });
    place.collect()
}

/// Draws a cell of a list.
pub fn cell(
    buffer: &mut Buffer,
    area: Rect,
    (x, y): (usize, usize),
    room: usize,
    shown: &str,
    is_number: bool,
    style: Style,
) {
    let shown = shortened(shown, room);
    let x = if is_number {
        x + room.saturating_sub(width(&shown))
    } else {
        x
    };
    put(buffer, area, x, y, &shown, style);
}

/// Draws a text at a place of the screen, as far as there is room.
pub fn put(buffer: &mut Buffer, area: Rect, x: usize, y: usize, shown: &str, style: Style) {
    let room = usize::from(area.width).saturating_sub(x);
    if let (Ok(x), Ok(y)) = (u16::try_from(x), u16::try_from(y))
        && room > 0
        && y < area.height
    {
        buffer.set_stringn(area.x + x, area.y + y, shown, room, style);
    }
}

/// The number of columns that a text takes.
pub fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// The beginning of a text that has no room.
pub fn shortened(text: &str, room: usize) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if width(&kept) + width(c.encode_utf8(&mut [0; 4])) >= room {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

/// The end of a text that has no room.
pub fn shortened_front(text: &str, room: usize) -> String {
    let mut kept = text;
    if width(kept) <= room {
        return kept.to_owned();
    }
    while width(kept) >= room.max(1) {
        let mut rest = kept.chars();
        rest.next();
        kept = rest.as_str();
    }
    format!("…{kept}")
}
