//! What deployed services touched, for summaries.

use crate::output::human;
use crate::rehearse::Record;
use crate::text::{Markdown, Text, text};

/// What was observed, as people read it.
pub fn observation(record: &Record) -> Text<Markdown> {
    text!(
        "**confinix observe**\n\n{}",
        Text::block("text", &human::observation(record))
    )
}
