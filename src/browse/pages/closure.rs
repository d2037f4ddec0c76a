//! The store paths that a service sees.

use crate::browse::data::Data;
use crate::browse::listing::Listing;
use crate::browse::page::{Page, ServiceOf};
use crate::browse::row::{Cell, Column, Row};
use crate::bundle::left_out_of;
use crate::text::text;

const COLUMNS: [Column; 4] = [
    Column::number("SIZE"),
    Column::number("PROGRAMS").ranked(2),
    Column::number("SEEN BY").ranked(1),
    Column::flexible("STORE PATH"),
];

/// The closure of a service, the largest path first.
pub fn listing(data: &Data, service: &ServiceOf) -> Listing {
    let host = data.host(service);
    let left = left_out_of(host.bundle, data.service(service));
    let mut listing = Listing::table(COLUMNS, 0);
    for path in &data.closure(service).paths {
        let programs = data.surfaces.cell(|surfaces| {
            let executables = surfaces[service.host].executables(path, &left);
            executables.map(|executables| executables.seen)
        });
        let seen = match host.shares.path(path).viewers() {
            1 => Cell::own("only it"),
            viewers => Cell::count(viewers, "service"),
        };
        let cells = [
            Cell::size(data.size(service.host, path)),
            programs,
            seen,
            Cell::new(text!("{}", path.name())),
        ];
        let page = Page::Path(Some(service.clone()), path.clone());
        let row = Row::new(cells).detailed(text!("{}", path));
        listing.rows.push(row.opening(page));
    }
    listing
}
