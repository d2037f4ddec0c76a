//! A treemap: rectangles whose areas are proportional to sizes.

use crate::text::bytes;
use crate::text::{Html, Text, text};

const WIDTH: f64 = 720.;
const HEIGHT: f64 = 240.;
/// The minimum width and height of a rectangle with a label.
const LABEL: (f64, f64) = (56., 16.);
/// The width of a character in a label.
const CHARACTER: f64 = 6.6;

/// An item of a treemap.
pub struct Item {
    /// Its label.
    pub label: String,
    /// Its size.
    pub size: u64,
    /// Its style.
    pub class: &'static str,
}

/// A treemap of `items`, which are sorted by size, the largest first.
///
/// Squarified: each row grows along the shorter side as long as its rectangles get closer to squares (Bruls, Huizing and van
/// Wijk, "Squarified Treemaps", 2000).
#[allow(clippy::cast_precision_loss, reason = "a picture is no more precise")]
pub fn svg(items: &[Item], title: &str) -> Text<Html> {
    let mut text = text!(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"{}\">\n",
        WIDTH,
        HEIGHT,
        title
    );
    let total: f64 = items.iter().map(|item| item.size as f64).sum();
    let items: Vec<_> = items.iter().filter(|item| item.size > 0).collect();
    let areas: Vec<f64> = items
        .iter()
        .map(|item| item.size as f64 / total * WIDTH * HEIGHT)
        .collect();
    let (mut x, mut y, mut width, mut height) = (0., 0., WIDTH, HEIGHT);
    let mut start = 0;
    while start < items.len() {
        let side = f64::min(width, height);
        let mut end = start + 1;
        while end < items.len()
            && worst(&areas[start..=end], side) <= worst(&areas[start..end], side)
        {
            end += 1;
        }
        let depth = areas[start..end].iter().sum::<f64>() / side;
        let mut along = 0.;
        for index in start..end {
            let length = areas[index] / depth;
            let rectangle = if width >= height {
                (x, y + along, depth, length)
            } else {
                (x + along, y, length, depth)
            };
            text.push(draw(items[index], rectangle));
            along += length;
        }
        if width >= height {
            x += depth;
            width -= depth;
        } else {
            y += depth;
            height -= depth;
        }
        start = end;
    }
    text.push(Text::own("</svg>\n"));
    text
}

/// The aspect ratio of a row's worst rectangle.
fn worst(areas: &[f64], side: f64) -> f64 {
    let sum: f64 = areas.iter().sum();
    let largest = areas.iter().copied().fold(0., f64::max);
    let smallest = areas.iter().copied().fold(f64::INFINITY, f64::min);
    f64::max(
        side * side * largest / (sum * sum),
        sum * sum / (side * side * smallest),
    )
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a number of characters"
)]
fn draw(item: &Item, (x, y, width, height): (f64, f64, f64, f64)) -> Text<Html> {
    let mut text = text!(
        "<g class=\"{}\" data-label=\"{}\"><title>{}, {}</title><rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/>",
        item.class,
        item.label,
        item.label,
        bytes(item.size),
        x,
        y,
        f64::max(width - 1., 0.2),
        f64::max(height - 1., 0.2),
    );
    if width >= LABEL.0 && height >= LABEL.1 {
        let room = ((width - 8.) / CHARACTER) as usize;
        let label: String = if item.label.chars().count() > room {
            item.label
                .chars()
                .take(room.saturating_sub(1))
                .chain(['…'])
                .collect()
        } else {
            item.label.clone()
        };
        text.push(text!(
            "<text x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            x + 4.,
            y + 12.,
            label
        ));
    }
    text.push(Text::own("</g>\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_are_in_proportion_and_fill_the_picture() {
        let items: Vec<_> = [600u64, 300, 100, 100, 50, 10, 1, 0]
            .into_iter()
            .map(|size| Item {
                label: format!("p{size}"),
                size,
                class: "own",
            })
            .collect();
        let picture = svg(&items, "a & b");
        let picture = picture.as_str();
        assert_eq!(picture.matches("<rect").count(), 7);
        assert!(picture.contains("aria-label=\"a &amp; b\""));
        assert!(!picture.contains("NaN") && !picture.contains("inf"));
        assert!(!svg(&[], "none").as_str().contains("<rect"));
    }
}
