//! A rehearsal for reviews and summaries.

use crate::output::calls::calls;
use crate::output::human::rehearsal as words;
use crate::output::observed::observed;
use crate::rehearse::{Record, Recorded, Rehearsal, Word};
use crate::text::{Markdown, Text, text};

/// A table of services, then the changes and failures, folded.
pub fn rehearsal(rehearsal: &Rehearsal) -> Text<Markdown> {
    let record = Record::of(rehearsal);
    let mut text = text!("**confinix rehearse**: {}\n", words::headline(&record));
    if record.services.is_empty() {
        return text;
    }
    text.push(Text::own(
        "\n| service | rehearsed | why |\n| --- | --- | --- |\n",
    ));
    for (name, service) in &record.services {
        text.push(text!(
            "| {} | {} | {} |\n",
            Text::code(name.as_str()),
            service.verdict.text(),
            why(service)
        ));
    }
    for (name, service) in &record.services {
        let details = words::details(service);
        if service.verdict != Word::Starts && !details.is_empty() {
            text.push(text!(
                "\n<details><summary>{}: {}</summary>\n\n{}\n</details>\n",
                Text::summary(name.as_str()),
                service.verdict.text(),
                Text::block("text", &details)
            ));
        }
    }
    text
}

/// The reasons of a service. One that starts has no details, so what it touched and did is told here.
fn why(service: &Recorded) -> String {
    let observation = service.observation.as_ref();
    let observation = observation.filter(|_| service.verdict == Word::Starts);
    let mut phrases = service.reasons.clone();
    phrases.extend(words::instances(service));
    phrases.extend(observation.map(observed));
    let seen = service.calls.iter();
    let seen = seen.filter(|_| service.verdict == Word::Starts);
    phrases.extend(seen.flat_map(calls));
    phrases.join("; ")
}
