//! Every store path.

use std::collections::BTreeMap;

use crate::browse::data::Data;
use crate::browse::listing::Listing;
use crate::browse::page::Page;
use crate::browse::row::{Cell, Column, Row};
use crate::store::StorePath;
use crate::text::text;

const COLUMNS: [Column; 3] = [
    Column::number("SIZE"),
    Column::number("SERVICES"),
    Column::flexible("STORE PATH"),
];

/// Every store path with the number of services that see it, the largest first.
pub fn listing(data: &Data) -> Listing {
    let mut paths: BTreeMap<&StorePath, (u64, u64)> = BTreeMap::new();
    for host in &data.hosts {
        for (path, info) in &host.bundle.paths {
            let (size, viewers) = paths.entry(path).or_default();
            *size = info.nar_size;
            *viewers += host.shares.path(path).viewers() as u64;
        }
    }
    let mut listing = Listing::table(COLUMNS, 0);
    for (path, (size, viewers)) in paths {
        let cells = [
            Cell::size(size),
            Cell::number(viewers),
            Cell::new(text!("{}", path.name())),
        ];
        let row = Row::new(cells).detailed(text!("{}", path));
        listing
            .rows
            .push(row.opening(Page::Path(None, path.clone())));
    }
    listing
}
