//! Every service.

use std::collections::BTreeMap;

use crate::browse::data::Data;
use crate::browse::listing::Listing;
use crate::browse::page::{Page, ServiceOf, Tab};
use crate::browse::row::{Cell, Column, Row, Tone};
use crate::code::Level;
use crate::output::Cause;
use crate::service::HostService;
use crate::text::text;

const COLUMNS: [Column; 7] = [
    Column::flexible("SERVICE"),
    Column::number("PATHS"),
    Column::number("SIZE"),
    Column::number("OWN"),
    Column::number("PROGRAMS"),
    Column::number("DENIED"),
    Column::number("WARN"),
];

/// Every service with its closure and its findings, and those that are not confined.
pub fn listing(data: &Data) -> Listing {
    let mut counts: BTreeMap<&HostService, (usize, usize)> = BTreeMap::new();
    let causes = data.findings.known().map(Cause::all).unwrap_or_default();
    for cause in &causes {
        if let Some(service) = &cause.first().service {
            let (denied, warned) = counts.entry(service).or_default();
            *(match cause.level() {
                Level::Deny => denied,
                Level::Warn | Level::Allow => warned,
            }) += 1;
        }
    }
    let mut listing = Listing::table(COLUMNS, 0);
    for (service, of) in data.services() {
        let host = data.host(&service);
        let named = data.named(&service);
        let closure = data.closure(&service);
        let (denied, warned) = counts.get(&named).copied().unwrap_or_default();
        let surfaces = data.surfaces.known();
        let programs = match surfaces.map(|surfaces| surfaces[service.host].of(host.bundle, of)) {
            None => Cell::own("…"),
            Some(None) => Cell::own("?"),
            Some(Some(surface)) => {
                Cell::number(usize::try_from(surface.executables).unwrap_or(usize::MAX))
            }
        };
        let tone = match (denied, warned) {
            (1.., _) => Tone::Denied,
            (0, 1..) => Tone::Warned,
            (0, 0) => Tone::Plain,
        };
        let cells = [
            Cell::new(text!("{}", named.stem())),
            Cell::number(closure.paths.len()),
            Cell::size(closure.nar_size),
            Cell::size(host.shares.own_size(of)),
            programs,
            Cell::number(denied),
            Cell::number(warned),
        ];
        let detail = text!(
            "{}, strategy {}: {}",
            of.mode.name(),
            of.strategy.name(),
            of.strategy_reason
        );
        let row = Row::new(cells).toned(tone).detailed(detail);
        listing
            .rows
            .push(row.opening(Page::Service(service, Tab::Closure)));
    }
    listing.rows.extend(unconfined(data));
    listing
}

fn unconfined(data: &Data) -> impl Iterator<Item = Row> {
    let hosts = data.hosts.iter().enumerate();
    hosts.flat_map(move |(host, of)| {
        of.bundle.unconfined.iter().map(move |(name, service)| {
            let named = data.called(host, name);
            let detail = text!("Not confined by {}: {}", service.by.name(), service.reason);
            Row::new([Cell::new(text!("{} (not confined)", named.stem()))])
                .toned(Tone::Dim)
                .detailed(detail)
        })
    })
}

/// The name of a service in a list.
pub fn name(data: &Data, service: &ServiceOf) -> Cell {
    Cell::new(text!("{}", data.named(service).stem()))
}
