//! What a service runs, and what its drop-in sets.

use super::wrapped::wrapped;
use crate::browse::data::Data;
use crate::browse::listing::Listing;
use crate::browse::page::ServiceOf;
use crate::browse::row::Row;
use crate::service::Settings;
use crate::text::{Terminal, Text, text};

/// The commands and the settings.
pub fn listing(data: &Data, service: &ServiceOf, width: usize) -> Listing {
    let of = data.service(service);
    let mut rows = vec![Row::heading(Text::own("What the unit runs"))];
    rows.extend(lines(&of.exec, width));
    rows.push(Row::heading(text!("What {} sets", of.drop_in.path)));
    rows.extend(lines(&of.confinement, width));
    rows.push(Row::heading(Text::own("What the unit itself sets")));
    rows.extend(lines(&of.settings, width));
    Listing::lines(rows)
}

fn lines(settings: &Settings, width: usize) -> impl Iterator<Item = Row> {
    settings.iter().flat_map(move |(setting, values)| {
        let lines = values.iter().flat_map(move |value| {
            let line: Text<Terminal> = text!("  {}={}", setting, value);
            wrapped(line.as_str(), width)
        });
        lines.map(Row::line)
    })
}
