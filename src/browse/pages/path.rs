//! A store path: why services see it, and what it refers to.

use std::cmp::Reverse;

use super::services;
use crate::browse::data::Data;
use crate::browse::listing::Listing;
use crate::browse::page::{Page, ServiceOf};
use crate::browse::row::{Cell, Column, Row, Tone};
use crate::bundle::{Chain, Why};
use crate::output::route;
use crate::store::{NodeId, StorePath};
use crate::text::{bytes, count, text};

/// How many chains are shown: those from the first closure roots say most.
const MAX_CHAINS: usize = 20;

/// Why a service sees a path: the shortest chain from each closure root, then what the path refers to, and who else sees it.
pub fn of_service(data: &Data, service: &ServiceOf, path: &StorePath) -> Listing {
    let mut rows = vec![
        Row::line(text!("{}", path)),
        Row::line(text!("{} as a NAR", bytes(data.size(service.host, path)))),
    ];
    let host = data.host(service);
    let why = Why::new(&host.graph, data.service(service));
    let chains = why.map(|why| why.from_every_root(path));
    rows.push(Row::heading(text!(
        "Why {} sees it: {}",
        data.named(service).stem(),
        match &chains {
            Err(error) => format!("not known: {error:#}"),
            Ok(chains) => match chains.len() {
                0 => "it does not".to_owned(),
                1 => "one closure root refers to it".to_owned(),
                roots => format!("{roots} closure roots refer to it"),
            },
        }
    )));
    let chains = chains.unwrap_or_default();
    for chain in chains.iter().take(MAX_CHAINS) {
        rows.extend(links(data, service, chain));
    }
    if let more @ 1.. = chains.len().saturating_sub(MAX_CHAINS) {
        rows.push(
            Row::line(text!("  and from {}", count(more, "more closure root"))).toned(Tone::Dim),
        );
    }
    rows.extend(references(data, service, path));
    let others = viewers(data, path).filter(|other| other != service);
    let others: Vec<_> = others.collect();
    rows.push(Row::heading(text!(
        "{} it too",
        match others.len() {
            1 => "1 other service sees".to_owned(),
            others => format!("{others} other services see"),
        }
    )));
    for other in others {
        let name = Cell::new(text!("  {}", data.named(&other).stem()));
        rows.push(Row::new([name]).opening(Page::Path(Some(other), path.clone())));
    }
    Listing::lines(rows)
}

/// The links of a chain, as a tree with one branch.
fn links(data: &Data, service: &ServiceOf, chain: &Chain) -> Vec<Row> {
    let mut rows = vec![Row::line(text!("  {}", chain.origin.option()))];
    for (depth, path) in chain.paths.iter().enumerate() {
        let size = bytes(data.size(service.host, path));
        let line = text!("  {}└─ {} ({})", "   ".repeat(depth), path.name(), size);
        let row = Row::line(line).detailed(text!("{}", path));
        rows.push(row.opening(Page::Path(Some(service.clone()), path.clone())));
    }
    rows
}

/// What a path refers to, the largest first.
fn references(data: &Data, service: &ServiceOf, path: &StorePath) -> Vec<Row> {
    let graph = &data.host(service).graph;
    let Some(node) = graph.find(path) else {
        return Vec::new();
    };
    let size = |node: NodeId| data.size(service.host, graph.path(node));
    let all = graph.references(node).iter().copied();
    let mut all: Vec<_> = all.filter(|reference| *reference != node).collect();
    all.sort_by_key(|node| Reverse(size(*node)));
    let mut rows = vec![Row::heading(text!(
        "It refers to {}",
        count(all.len(), "store path")
    ))];
    for node in all {
        let path = graph.path(node);
        let line = text!("  {} ({})", path.name(), bytes(size(node)));
        let row = Row::line(line).detailed(text!("{}", path));
        rows.push(row.opening(Page::Path(Some(service.clone()), path.clone())));
    }
    rows
}

/// The services that see a path.
fn viewers(data: &Data, path: &StorePath) -> impl Iterator<Item = ServiceOf> {
    let services = data.services().map(|(service, _)| service);
    services.filter(|service| data.closure(service).paths.binary_search(path).is_ok())
}

const COLUMNS: [Column; 2] = [Column::word("SEEN BY"), Column::flexible("THROUGH")];

/// The services that see a path, each with the shortest chain.
pub fn of_all(data: &Data, path: &StorePath) -> Listing {
    let mut listing = Listing::table(COLUMNS, 0);
    for service in viewers(data, path) {
        let why = Why::new(&data.host(&service).graph, data.service(&service));
        let chain = why.ok().and_then(|why| why.shortest(path));
        let through = chain.map(|chain| route(&chain)).unwrap_or_default();
        let row = Row::new([
            services::name(data, &service),
            Cell::new(text!("{}", through)),
        ]);
        let row = row.detailed(text!("{}", path));
        listing
            .rows
            .push(row.opening(Page::Path(Some(service), path.clone())));
    }
    listing
}
