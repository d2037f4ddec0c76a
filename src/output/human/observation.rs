//! What deployed services touched, for people.

use super::count;
use crate::observe::{Files, Observation};
use crate::output::observed::observed;
use crate::rehearse::Record;
use crate::text::{Terminal, Text, text};

/// As many names are shown of each kind.
const MOST: usize = 8;

/// Each service that was observed, with what it touched.
pub fn observation(record: &Record) -> Text<Terminal> {
    let mut text = Text::new();
    for (name, recorded) in &record.services {
        if let Some(observation) = &recorded.observation {
            text.push(text!(
                "{}: {} for {} s: {}\n{}",
                name,
                recorded.verdict.text(),
                recorded.seconds.unwrap_or_default(),
                observed(observation),
                touched(observation)
            ));
        }
    }
    text
}

/// The files of an observation, in a few lines.
pub fn touched(observation: &Observation) -> Text<Terminal> {
    let Files { executed, opened } = &observation.within;
    let untouched = &observation.untouched;
    let mut text = Text::new();
    for (what, names) in [("executed", executed), ("not opened", untouched)] {
        if names.is_empty() {
            continue;
        }
        let shown: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
        let more = match names.len().saturating_sub(MOST) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        text.push(text!("  {}: {}{}\n", what, shown.join(", "), more));
    }
    let directories = opened.iter().filter(|path| path.ends_with('/')).count();
    let directories = match directories {
        0 => String::new(),
        1 => ", of which 1 is a directory".to_owned(),
        many => format!(", of which {many} are directories"),
    };
    text.push(text!(
        "  opened: {}{}\n",
        count(opened.len(), "more file"),
        directories
    ));
    text
}
