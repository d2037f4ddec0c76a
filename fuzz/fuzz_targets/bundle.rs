//! A bundle.json, its seal, and what is shown of it.
#![no_main]

use confinix::bundle::{graph, parse, seal};
use confinix::output::{human, json};
use confinix_fuzz::{formal, mutate_json};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let bundle = parse(data);
    if let Ok(bundle) = &bundle {
        let _ = seal(bundle);
        let _ = graph(bundle);
        human::overview(bundle);
        let _ = json::overview(bundle);
        for name in bundle.services.keys() {
            human::service(bundle, name);
        }
    }
    formal(bundle.is_ok())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_json(data, size, max, seed, &|text| parse(text).is_ok())
});
