//! A rehearsal for people.

use std::collections::BTreeMap;

use super::{Style, count};
use crate::output::calls::calls;
use crate::output::observed::observed;
use crate::rehearse::{Record, Recorded, Rehearsal, Word};
use crate::service::UnitName;
use crate::text::{Terminal, Text, text};

/// As many failed calls, and lines of a journal, are shown of a service.
const MOST: usize = 8;

/// Each service with what came of it, what it needs first and what needs no attention last; then how many there are of each.
pub fn rehearsal(rehearsal: &Rehearsal, style: Style) -> Text<Terminal> {
    let record = Record::of(rehearsal);
    let mut text = Text::new();
    for reason in &rehearsal.unrecorded {
        text.push(text!("{}\n\n", reason));
    }
    for word in [Word::Fails, Word::StartsWithChanges, Word::NotComparable] {
        let services = record.services.iter();
        for (name, service) in services.filter(|(_, service)| service.verdict == word) {
            text.push(entry(name, service, style));
            text.push(Text::own("\n"));
        }
    }
    let starting: BTreeMap<_, _> = record
        .services
        .iter()
        .filter(|(_, service)| service.verdict == Word::Starts)
        .collect();
    if !starting.is_empty() {
        let names: Vec<_> = starting.keys().map(|name| name.as_str()).collect();
        text.push(text!(
            "{}: {}\n",
            style.bold(Text::own("starts")),
            names.join(", ")
        ));
        for (name, service) in starting {
            if let Some(instances) = instances(service) {
                text.push(text!("  {}: {}\n", name, instances));
            }
            if let Some(observation) = &service.observation
                && !observation.beyond.is_empty()
            {
                text.push(text!("  {}: {}\n", name, observed(observation)));
            }
            for line in service.calls.iter().flat_map(calls) {
                text.push(text!("  {}: {}\n", name, line));
            }
        }
        text.push(Text::own("\n"));
    }
    text.push(text!("{}\n", headline(&record)));
    text
}

/// How many services have each verdict.
pub fn headline(record: &Record) -> String {
    let of = |word: Word| {
        record
            .services
            .values()
            .filter(|service| service.verdict == word)
            .count()
    };
    let words = [
        Word::Starts,
        Word::StartsWithChanges,
        Word::Fails,
        Word::NotComparable,
    ];
    let parts = words.map(|word| (of(word), word.text()));
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<_> = parts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!(
        "{} rehearsed: {}",
        count(record.services.len(), "service"),
        parts.join(", ")
    )
}

fn entry(name: &UnitName, service: &Recorded, style: Style) -> Text<Terminal> {
    let word = Text::own(service.verdict.text());
    let word = match service.verdict {
        Word::Fails => style.red(word),
        Word::StartsWithChanges => style.yellow(word),
        Word::Starts | Word::NotComparable | Word::Observed => style.bold(word),
    };
    let mut text = text!("{}: {}", name, word);
    if service.reasons.is_empty() {
        text.push(Text::own("\n"));
    } else {
        let without = if service.verdict == Word::NotComparable {
            "without confinement, "
        } else {
            ""
        };
        text.push(text!(": {}{}\n", without, service.reasons.join("; ")));
    }
    text.push(details(service));
    text
}

/// The instances as which a template was tried.
pub fn instances(service: &Recorded) -> Option<String> {
    let names: Vec<_> = service.instances.iter().map(UnitName::as_str).collect();
    (!names.is_empty()).then(|| format!("tried as {}", names.join(", ")))
}

/// The changes of a service, or what is known about its failure.
pub fn details(service: &Recorded) -> Text<Terminal> {
    let mut text = Text::new();
    if let Some(instances) = instances(service) {
        text.push(text!("  {}\n", instances));
    }
    if let Some(changes) = &service.changes {
        text.push(text!("  {}:\n", changes.place));
        for line in changes.text.lines() {
            text.push(text!("    {}\n", line));
        }
        for gives_up in &changes.gives_up {
            text.push(text!("  gives up: {}\n", gives_up));
        }
    }
    if let Some(observation) = &service.observation {
        text.push(text!("  {}\n", observed(observation)));
    }
    for line in service.calls.iter().flat_map(calls) {
        text.push(text!("  {}\n", line));
    }
    for call in service.failed_calls.iter().take(MOST) {
        text.push(text!("  only with confinement: {}\n", call));
    }
    let more = service.failed_calls.len().saturating_sub(MOST);
    if more > 0 {
        text.push(text!(
            "  and {} (--format json has all)\n",
            count(more, "more failed call")
        ));
    }
    let from = service.journal.len().saturating_sub(MOST);
    for line in &service.journal[from..] {
        text.push(text!("  | {}\n", line));
    }
    text
}
