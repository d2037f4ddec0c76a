//! The trait of all results: each has formats, and the first is its default.

use anyhow::{Context, Result};

use super::Format;
use super::human::Style;
use crate::text::{Document, Output, Text};

/// A result that can be rendered. `format.rs` lists the formats of each.
pub trait Render: Sized {
    /// Its formats, each with its renderer, the default first.
    fn formats() -> Vec<(Format, Renderer<Self>)>;

    /// Renders the result in one of its formats. Only text for people has a style.
    fn render(&self, format: Format, style: Style) -> Result<Document> {
        let formats = Self::formats();
        let mut formats = formats.iter();
        let (_, renderer) = formats
            .find(|(known, _)| *known == format)
            .with_context(|| {
                format!(
                    "cannot write {}: this command does not have that format",
                    format.name()
                )
            })?;
        renderer(self, style)
    }
}

/// The renderer of a result in a format.
pub type Renderer<T> = Box<dyn Fn(&T, Style) -> Result<Document>>;

/// A renderer of text that has a style.
pub(super) fn styled<T, O: Output>(render: impl Fn(&T, Style) -> Text<O> + 'static) -> Renderer<T> {
    Box::new(move |result, style| Ok(render(result, style).into()))
}

/// A renderer of text.
pub(super) fn text<T, O: Output>(render: impl Fn(&T) -> Text<O> + 'static) -> Renderer<T> {
    Box::new(move |result, _| Ok(render(result).into()))
}

/// A renderer of a whole document.
pub(super) fn document<T>(render: impl Fn(&T) -> Result<Document> + 'static) -> Renderer<T> {
    Box::new(move |result, _| render(result))
}
