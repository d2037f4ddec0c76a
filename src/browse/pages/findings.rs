//! Findings: all of them, those of a service, or one in full.

use super::wrapped::{known, wrapped};
use crate::audit::rule;
use crate::browse::data::Data;
use crate::browse::listing::Listing;
use crate::browse::page::{Page, ServiceOf};
use crate::browse::row::{Cell, Column, Row, Tone};
use crate::code::Level;
use crate::output::{Cause, whole_cause};
use crate::text::{Text, text};

const COLUMNS: [Column; 4] = [
    Column::word("LEVEL"),
    Column::word("SERVICE"),
    Column::word("CODE").ranked(1),
    Column::flexible("FINDING"),
];

/// The findings of one cause each, denied ones first; those of one service, or all.
pub fn listing(data: &Data, of: Option<&ServiceOf>, width: usize) -> Listing {
    let report = match known(&data.findings, "looking for findings …", width) {
        Ok(report) => report,
        Err(excuse) => return excuse,
    };
    let of = of.map(|service| data.named(service));
    let mut listing = Listing::table(COLUMNS, 0);
    for (number, cause) in Cause::all(report).iter().enumerate() {
        let service = cause.first().service.as_ref();
        if of.is_some() && of.as_ref() != service {
            continue;
        }
        let (level, tone) = match cause.level() {
            Level::Deny => ("deny", Tone::Denied),
            Level::Warn | Level::Allow => ("warn", Tone::Warned),
        };
        let cells = [
            Cell::own(level),
            Cell::new(
                service
                    .map(|service| text!("{}", service.stem()))
                    .unwrap_or_default(),
            ),
            Cell::own(cause.first().code.as_str()),
            Cell::new(text!("{}", cause.headline())),
        ];
        let row = Row::new(cells)
            .toned(tone)
            .detailed(text!("{}", cause.headline()));
        listing.rows.push(row.opening(Page::Finding(number)));
    }
    if listing.rows.is_empty() {
        let nothing =
            Text::own("Nothing was found. Only `confinix rehearse` tells whether services start.");
        return Listing::lines(vec![Row::line(nothing)]);
    }
    listing
}

/// A finding with its chain and its remedies, and what its code means.
pub fn details(data: &Data, number: usize, width: usize) -> Listing {
    let Some(report) = data.findings.known() else {
        return Listing::default();
    };
    let causes = Cause::all(report);
    let Some(cause) = causes.get(number) else {
        return Listing::default();
    };
    let finding = cause.first();
    let about = match &finding.service {
        Some(service) => text!("{}: {} ({})", service.stem(), finding.code, finding.level),
        None => text!("{} ({})", finding.code, finding.level),
    };
    let mut rows = vec![Row::heading(about)];
    let text = whole_cause(cause, "\n\n");
    rows.extend(wrapped(text.as_str(), width).into_iter().map(Row::line));
    let explanation = &rule(finding.code).explanation;
    for (heading, paragraphs) in [
        ("What it means", explanation.what),
        ("Why it matters", explanation.why),
        ("How to fix it", explanation.fix),
    ] {
        rows.push(Row::line(Text::new()));
        rows.push(Row::heading(Text::own(heading)));
        rows.extend(wrapped(paragraphs, width).into_iter().map(Row::line));
    }
    Listing::lines(rows)
}
