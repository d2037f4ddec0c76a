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
    Column::number("PATHS").ranked(2),
    Column::number("SIZE").ranked(1),
    Column::number("OWN").ranked(4),
    Column::number("PROGRAMS").ranked(3),
    Column::number("DENIED"),
    Column::number("WARN"),
];

/// Every service with its closure and its findings, and those that are not confined.
pub fn listing(data: &Data) -> Listing {
    let mut counts: BTreeMap<&HostService, (u64, u64)> = BTreeMap::new();
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
        let programs = data.surfaces.cell(|surfaces| {
            let surface = surfaces[service.host].of(host.bundle, of);
            surface.map(|surface| surface.executables)
        });
        let tone = match (denied, warned) {
            (1.., _) => Tone::Denied,
            (0, 1..) => Tone::Warned,
            (0, 0) => Tone::Plain,
        };
        let cells = [
            Cell::new(text!("{}", named.stem())),
            Cell::number(closure.paths.len() as u64),
            Cell::size(closure.nar_size),
            Cell::size(host.shares.own_size(of)),
            programs,
            data.findings.cell(|_| Some(denied)),
            data.findings.cell(|_| Some(warned)),
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
