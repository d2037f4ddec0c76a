//! An nginx configuration.
#![no_main]

use confinix::inspect::read_nginx;
use confinix_fuzz::{formal, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fn accepts(text: &str) -> bool {
    read_nginx(text).error.is_none()
}

fuzz_target!(|text: &str| -> Corpus { formal(accepts(text)) });

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed, &|text| {
        std::str::from_utf8(text).is_ok_and(accepts)
    })
});
