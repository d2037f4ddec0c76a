//! What records show about services of a bundle, for people.

use std::collections::BTreeMap;

use super::observation::touched;
use crate::bundle::{Bundle, BundleService};
use crate::output::calls::calls;
use crate::output::observed::observed;
use crate::rehearse::{Recorded, Records, Word};
use crate::service::UnitName;
use crate::text::{Terminal, Text, text};

/// What records that do not fit are of.
const OTHER: &str = "recorded with another closure, drop-in or unit";

/// The services of a bundle by what was found out about them; nothing without records.
pub fn records(bundle: &Bundle, records: &Records) -> Text<Terminal> {
    let mut by_verdict: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, service) in &bundle.services {
        let mut verdicts: Vec<_> = records.fitting(name, service).map(verdict).collect();
        if verdicts.is_empty() && records.have(name) {
            verdicts.push(OTHER);
        }
        verdicts.dedup();
        for verdict in verdicts {
            by_verdict.entry(verdict).or_default().push(name.stem());
        }
    }
    let lines = by_verdict.into_iter();
    lines
        .map(|(verdict, names)| text!("{}: {}\n", verdict, names.join(", ")))
        .collect()
}

/// What was found out about one service, with what it touched and did.
pub fn record(name: &UnitName, service: &BundleService, records: &Records) -> Text<Terminal> {
    let mut text = Text::new();
    for recorded in records.fitting(name, service) {
        text.push(text!("{}", verdict(recorded)));
        if let Some(seconds) = recorded.seconds {
            text.push(text!(" for {} s", seconds));
        }
        match &recorded.observation {
            Some(observation) => text.push(text!(
                ": {}\n{}",
                observed(observation),
                touched(observation)
            )),
            None => text.push(Text::own("\n")),
        }
        for line in recorded.calls.iter().flat_map(calls) {
            text.push(text!("  {}\n", line));
        }
    }
    if text.is_empty() && records.have(name) {
        text.push(text!("{}\n", OTHER));
    }
    text
}

fn verdict(recorded: &Recorded) -> &'static str {
    match recorded.verdict {
        Word::Observed => "observed",
        Word::Starts | Word::StartsWithChanges => "rehearsed, starts",
        Word::Fails => "rehearsed, fails",
        Word::NotComparable => "rehearsed, not comparable",
    }
}
