//! A bundle.json, what its data implies, and what is shown of it.
#![no_main]

use confinix::bundle::{check, graph, parse, seal};
use confinix::output::{human, json};
use confinix_fuzz::{formal, mutate_json};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(mut bundle) = parse(data) else {
        return formal(false);
    };
    // Whoever changes a bundle can seal it again.
    bundle.seal = seal(&bundle).ok();
    if check(&bundle).is_ok_and(|differences| differences.is_empty()) {
        let _ = graph(&bundle);
        human::overview(&bundle);
        let _ = json::overview(&bundle);
        for name in bundle.services.keys() {
            human::service(&bundle, name);
        }
    }
    formal(true)
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_json(data, size, max, seed, &|text| parse(text).is_ok())
});
