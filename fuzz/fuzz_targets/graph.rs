//! A graph in any of its shapes, and the closures in it.
#![no_main]

use confinix::store::{GraphBuilder, StoreDir, closures, read_graph};
use confinix_fuzz::{formal, mutate_json};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let mut builder = GraphBuilder::new();
    let read = read_graph(data, &mut builder).and_then(|()| {
        let graph = builder.finish(&StoreDir::parse("/nix/store")?)?;
        let roots: Vec<_> = (0..)
            .take(graph.len().min(70))
            .map(|node| vec![node])
            .collect();
        closures(&graph, &roots);
        Ok(())
    });
    formal(read.is_ok())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_json(data, size, max, seed)
});
