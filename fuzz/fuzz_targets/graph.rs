//! A graph in any of its shapes, and the closures in it.
#![no_main]

use anyhow::Result;
use confinix::store::{Graph, GraphBuilder, StoreDir, closures, read_graph};
use confinix_fuzz::{formal, mutate_json};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fn read(data: &[u8]) -> Result<Graph> {
    let mut builder = GraphBuilder::new();
    read_graph(data, &mut builder)?;
    builder.finish(&StoreDir::parse("/nix/store")?)
}

fuzz_target!(|data: &[u8]| -> Corpus {
    let graph = read(data);
    if let Ok(graph) = &graph {
        let roots: Vec<_> = (0..)
            .take(graph.len().min(70))
            .map(|node| vec![node])
            .collect();
        closures(graph, &roots);
    }
    formal(graph.is_ok())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_json(data, size, max, seed, &|text| read(text).is_ok())
});
