//! Where texts are drawn, and how they fit.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use super::row::{Column, Row};

/// The columns between two columns of a list.
const GAP: usize = 2;

/// The flexible column gets at least one of so many parts of the screen, if it needs it.
const PART: usize = 3;

/// No other column is made narrower than this.
const NARROWEST: usize = 8;

/// The first column of the screen and the width of each column of a list; `None` for those that have no room.
pub fn places(columns: &[Column], rows: &[Row], whole: usize) -> Vec<Option<(usize, usize)>> {
    let mut widths: Vec<_> = columns
        .iter()
        // The mark of the order.
        .map(|column| Some(width(column.title) + usize::from(!column.title.is_empty())))
        .collect();
    for row in rows {
        for (widest, cell) in widths.iter_mut().zip(&row.cells) {
            *widest = (*widest).max(Some(width(cell.as_str())));
        }
    }
    if let Some(flexible) = columns.iter().position(|column| column.is_flexible) {
        let needed = widths[flexible].unwrap_or_default().min(whole / PART);
        fit(columns, &mut widths, flexible, (needed, whole));
    }
    let mut next = 0;
    let place = widths.into_iter().map(|width| {
        let width = width?;
        let at = next;
        next += width + GAP;
        Some((at, width))
    });
    place.collect()
}

/// Gives the flexible column what the others leave of the whole. Where that is less than it needs, others are left out or made narrower.
fn fit(
    columns: &[Column],
    widths: &mut [Option<usize>],
    flexible: usize,
    (needed, whole): (usize, usize),
) {
    let others = |widths: &[Option<usize>]| {
        let all = widths.iter().enumerate();
        let others = all.filter(|(index, _)| *index != flexible);
        others
            .filter_map(|(_, width)| Some((*width)? + GAP))
            .sum::<usize>()
    };
    while others(widths) + needed > whole {
        let kept = (0..columns.len()).filter(|index| widths[*index].is_some());
        let Some(least) = kept.max_by_key(|index| columns[*index].rank) else {
            break;
        };
        if columns[least].rank == 0 {
            break;
        }
        widths[least] = None;
    }
    let lacking = (others(widths) + needed).saturating_sub(whole);
    let kept = widths.iter_mut().enumerate();
    let widest = kept.filter(|(index, _)| *index != flexible);
    if let Some((_, Some(widest))) = widest.max_by_key(|(_, width)| **width)
        && *widest > NARROWEST
    {
        *widest = widest.saturating_sub(lacking).max(NARROWEST);
    }
    widths[flexible] = Some(whole.saturating_sub(others(widths)));
}

/// Draws a cell of a list in its place, if it has one.
pub fn cell(
    buffer: &mut Buffer,
    area: Rect,
    place: Option<(usize, usize)>,
    y: usize,
    column: &Column,
    shown: &str,
    style: Style,
) {
    let Some((x, room)) = place else {
        return;
    };
    let shown = shortened(shown, room);
    let indent = if column.is_number {
        room.saturating_sub(width(&shown))
    } else {
        0
    };
    put(buffer, area, x + indent, y, &shown, style);
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
