//! What the closure of a service has.

use super::wrapped::known;
use crate::browse::data::Data;
use crate::browse::listing::Listing;
use crate::browse::page::{Page, ServiceOf};
use crate::browse::row::{Cell, Column, Row};
use crate::bundle::left_out_of;
use crate::output::human::surface::sentence;
use crate::text::{Text, text};

const COLUMNS: [Column; 4] = [
    Column::number("PROGRAMS"),
    Column::number("INTERPRETERS").ranked(2),
    Column::number("CODE").ranked(1),
    Column::flexible("STORE PATH"),
];

/// The store paths with programs or code, those with most programs first.
pub fn listing(data: &Data, service: &ServiceOf, width: usize) -> Listing {
    let surfaces = match known(&data.surfaces, "counting files …", width) {
        Ok(all) => &all[service.host],
        Err(excuse) => return excuse,
    };
    let bundle = data.host(service).bundle;
    let left = left_out_of(bundle, data.service(service));
    let whole = match surfaces.of(bundle, data.service(service)) {
        Some(surface) => text!("All: {}", sentence(&surface)),
        None => Text::own("Some of the files are not on this machine: the others are counted"),
    };
    let mut listing = Listing::table(COLUMNS, 0);
    for path in &data.closure(service).paths {
        let Some(surface) = surfaces.path(path, &left) else {
            continue;
        };
        if surface.executables == 0 && surface.code == 0 {
            continue;
        }
        let cells = [
            Cell::number(surface.executables),
            Cell::number(surface.interpreters),
            Cell::size(surface.code),
            Cell::new(text!("{}", path.name())),
        ];
        let page = Page::Path(Some(service.clone()), path.clone());
        let row = Row::new(cells).detailed(text!("{}", whole));
        listing.rows.push(row.opening(page));
    }
    if listing.rows.is_empty() {
        listing = Listing::lines(vec![Row::line(whole)]);
    }
    listing
}
