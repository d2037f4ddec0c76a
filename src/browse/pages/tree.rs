//! The closure roots of a service, with what they refer to.

use std::collections::BTreeSet;

use crate::browse::data::Data;
use crate::browse::listing::Listing;
use crate::browse::page::{Page, ServiceOf};
use crate::browse::row::{Branch, Cell, Column, Fold, Row};
use crate::store::{Graph, NodeId, closures};
use crate::text::text;

const COLUMNS: [Column; 3] = [
    Column::flexible("CLOSURE ROOT"),
    Column::number("SIZE"),
    Column::number("CLOSURE"),
];

/// The tree, as far as it is unfolded.
pub fn listing(data: &Data, service: &ServiceOf, unfolded: &BTreeSet<Branch>) -> Listing {
    let host = data.host(service);
    let tree = Tree {
        data,
        service,
        graph: &host.graph,
        unfolded,
    };
    let mut rows = Vec::new();
    for (index, root) in (0..).zip(&data.service(service).roots) {
        if let Some(node) = host.graph.find(&root.path) {
            // Two options can name one path.
            let option = format!("{}: ", root.origin.option());
            tree.add(&option, &[index], node, &mut rows);
        }
    }
    Listing {
        columns: COLUMNS.into(),
        order: None,
        rows,
    }
}

struct Tree<'t> {
    data: &'t Data<'t>,
    service: &'t ServiceOf,
    graph: &'t Graph,
    unfolded: &'t BTreeSet<Branch>,
}

impl Tree<'_> {
    /// Adds a node, and those below it if it is unfolded.
    fn add(&self, option: &str, branch: &[NodeId], node: NodeId, rows: &mut Vec<Row>) {
        let path = self.graph.path(node);
        let mut below: Vec<_> = self.references(node).collect();
        let fold = match below.as_slice() {
            [] => Fold::Leaf,
            _ if self.unfolded.contains(branch) => Fold::Unfolded,
            _ => Fold::Folded,
        };
        let mark = match fold {
            Fold::Leaf => "·",
            Fold::Folded => "▸",
            Fold::Unfolded => "▾",
        };
        let indent = "  ".repeat(branch.len() - 1);
        let closure = closures(self.graph, &[vec![node]]).concat();
        let cells = [
            Cell::new(text!("{}{} {}{}", indent, mark, option, path.name())),
            Cell::size(self.size(node)),
            Cell::size(closure.into_iter().map(|node| self.size(node)).sum()),
        ];
        let page = Page::Path(Some(self.service.clone()), path.clone());
        let row = Row::new(cells).detailed(text!("{}", path)).opening(page);
        rows.push(Row {
            branch: Some((branch.to_vec(), fold)),
            ..row
        });
        if fold == Fold::Unfolded {
            below.sort_by_key(|node| std::cmp::Reverse(self.size(*node)));
            for node in below {
                let branch = [branch, &[node]].concat();
                self.add("", &branch, node, rows);
            }
        }
    }

    fn references(&self, node: NodeId) -> impl Iterator<Item = NodeId> {
        let references = self.graph.references(node).iter().copied();
        references.filter(move |reference| *reference != node)
    }

    fn size(&self, node: NodeId) -> u64 {
        self.data.size(self.service.host, self.graph.path(node))
    }
}
