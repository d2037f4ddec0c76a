//! A services value and its closure roots.
#![no_main]

use confinix::service::{Services, mentioned};
use confinix_fuzz::{formal, mutate_json};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let services = Services::read(data);
    if let Ok(services) = &services {
        for service in services.services.values() {
            let _ = mentioned(service, &services.store_dir);
        }
    }
    formal(services.is_ok())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_json(data, size, max, seed, &|text| Services::read(text).is_ok())
});
