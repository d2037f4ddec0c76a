//! The structured attributes that nix/bundle.nix passes to the build, and the bundle that confinix makes from them.
#![no_main]

use confinix::bundle::make;
use confinix::confine::{Machine, Strategies};
use confinix::nix::read_attrs;
use confinix::service::{Choice, ClosureRoots};
use confinix::store::NoFiles;
use confinix_fuzz::{formal, mutate_json};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let read = read_attrs(data);
    if let Ok((services, graph)) = &read {
        let strategies = Strategies {
            choice: Choice::Auto,
            machine: Machine::default(),
        };
        if let Ok(roots) = ClosureRoots::of_all(services) {
            let _ = make(services, &roots, graph, &NoFiles, strategies);
        }
    }
    formal(read.is_ok())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_json(data, size, max, seed, &|text| read_attrs(text).is_ok())
});
