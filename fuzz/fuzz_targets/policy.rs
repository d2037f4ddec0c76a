//! A confinix.toml.
#![no_main]

use confinix::config::parse_config;
use confinix_fuzz::{formal, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|text: &str| -> Corpus {
    let policy = parse_config("p.toml", text);
    if let Err(error) = &policy {
        assert!(format!("{error:#}").starts_with("p.toml:"), "{error:#}");
    }
    formal(policy.is_ok())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed, &|text| {
        std::str::from_utf8(text).is_ok_and(|text| parse_config("p.toml", text).is_ok())
    })
});
