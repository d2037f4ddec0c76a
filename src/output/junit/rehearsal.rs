//! A rehearsal for CI servers: a suite with a case per service.

use crate::output::human::rehearsal as words;
use crate::rehearse::{Record, Recorded, Rehearsal, Word};
use crate::service::UnitName;
use crate::text::{Text, Xml, text};

/// A service that fails, or that starts only with changes, is a failure; one that can't be compared is skipped.
pub fn rehearsal(rehearsal: &Rehearsal) -> Text<Xml> {
    let record = Record::of(rehearsal);
    let count = |is_meant: fn(Word) -> bool| {
        record
            .services
            .values()
            .filter(|service| is_meant(service.verdict))
            .count()
    };
    let cases: Text<Xml> = record
        .services
        .iter()
        .map(|(name, service)| case(name, service))
        .collect();
    text!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite id=\"0\" package=\"confinix\" name=\"rehearsal\" \
         timestamp=\"1970-01-01T00:00:00\" hostname=\"localhost\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\" time=\"0\">\n    \
         <properties/>\n{}    <system-out/>\n    <system-err/>\n  </testsuite>\n</testsuites>\n",
        record.services.len(),
        count(|word| matches!(word, Word::Fails | Word::StartsWithChanges)),
        count(|word| matches!(word, Word::NotComparable | Word::Observed)),
        cases
    )
}

fn case(name: &UnitName, service: &Recorded) -> Text<Xml> {
    let start = text!(
        "    <testcase name=\"{}\" classname=\"rehearsal\" time=\"0\"",
        name
    );
    match service.verdict {
        Word::Starts => text!("{}/>\n", start),
        Word::NotComparable | Word::Observed => {
            text!("{}>\n      <skipped/>\n    </testcase>\n", start)
        }
        Word::Fails | Word::StartsWithChanges => text!(
            "{}>\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
            start,
            service.verdict.text(),
            service.reasons.join("; "),
            Text::xml_lines(&words::details(service))
        ),
    }
}
