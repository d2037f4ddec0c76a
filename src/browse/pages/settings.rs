//! What a service runs, and what its drop-in sets.

use crate::browse::data::Data;
use crate::browse::listing::Listing;
use crate::browse::page::ServiceOf;
use crate::browse::row::{Cell, Row};
use crate::service::Settings;
use crate::text::{Text, text};

/// The commands and the settings.
pub fn listing(data: &Data, service: &ServiceOf) -> Listing {
    let of = data.service(service);
    let mut rows = vec![Row::heading(Text::own("What the unit runs"))];
    rows.extend(lines(&of.exec));
    rows.push(Row::heading(text!("What {} sets", of.drop_in.path)));
    rows.extend(lines(&of.confinement));
    rows.push(Row::heading(Text::own("What the unit itself sets")));
    rows.extend(lines(&of.settings));
    Listing::lines(rows)
}

fn lines(settings: &Settings) -> impl Iterator<Item = Row> {
    settings.iter().flat_map(|(setting, values)| {
        values.iter().map(move |value| {
            let line = Cell::new(text!("  {}={}", setting, value));
            Row::new([line]).detailed(text!("{}={}", setting, value))
        })
    })
}
