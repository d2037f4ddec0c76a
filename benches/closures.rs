//! Computes the closures of 1,000 services over 100,000 paths.

#![allow(missing_docs, clippy::panic, reason = "a benchmark")]

use confinix::store::{Graph, GraphBuilder, NarHash, NodeId, PathInfo, StoreDir, closures};

const PATHS: usize = 100_000;
const SERVICES: usize = 1_000;
const ROOTS: usize = 5;

fn main() {
    divan::main();
}

/// One pass for all services, with as many threads as there are cores.
#[divan::bench(sample_count = 20)]
fn together(bencher: divan::Bencher) {
    let (graph, roots) = (graph(), roots());
    bencher.bench(|| closures(&graph, &roots));
}

/// One graph walk per service, the usual way to compute closures.
#[divan::bench(sample_count = 20)]
fn one_by_one(bencher: divan::Bencher) {
    let (graph, roots) = (graph(), roots());
    bencher.bench(|| {
        let walks = roots.iter().map(|roots| walk(&graph, roots));
        walks.collect::<Vec<_>>()
    });
}

fn walk(graph: &Graph, roots: &[NodeId]) -> Vec<NodeId> {
    let mut seen = std::collections::BTreeSet::new();
    let mut todo = roots.to_vec();
    while let Some(node) = todo.pop() {
        if seen.insert(node) {
            todo.extend(graph.references(node));
        }
    }
    seen.into_iter().collect()
}

/// Paths that each refer to five earlier ones, most of them near. Closures have up to about 2,000 paths.
fn graph() -> Graph {
    let mut random = Random(7);
    let mut builder = GraphBuilder::new();
    for index in 0..PATHS {
        let info = PathInfo {
            nar_hash: NarHash::new([0; 32]),
            nar_size: 4096,
            symlink: None,
        };
        // Groups of 1,000 paths that refer to each other and to a common base.
        let group = index - index % 1_000;
        let references: Vec<String> = (0..5)
            .map(|turn| match turn {
                0 => random.below(index.clamp(1, 1_000)),
                _ => group + random.below((index - group).max(1)),
            })
            .map(base)
            .collect();
        let added = builder.add(&base(index), info, references.iter().map(String::as_str));
        added.unwrap_or_else(|error| panic!("{error:#}"));
    }
    let dir = StoreDir::parse("/nix/store").unwrap_or_else(|error| panic!("{error:#}"));
    builder
        .finish(&dir)
        .unwrap_or_else(|error| panic!("{error:#}"))
}

fn roots() -> Vec<Vec<NodeId>> {
    let mut random = Random(11);
    (0..SERVICES)
        .map(|_| {
            (0..ROOTS)
                .map(|_| NodeId::try_from(random.below(PATHS)).unwrap_or_default())
                .collect()
        })
        .collect()
}

fn base(index: usize) -> String {
    format!("{index:032}-path-{index}")
}

/// A linear congruential generator: the same numbers in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound
    }
}
