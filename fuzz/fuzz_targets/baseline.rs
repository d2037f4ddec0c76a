//! A baseline.
#![no_main]

use confinix::audit::Baseline;
use confinix_fuzz::{formal, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|text: &str| -> Corpus {
    let baseline = Baseline::parse(&"b.toml".into(), text);
    if let Err(error) = &baseline {
        assert!(format!("{error:#}").starts_with("b.toml"), "{error:#}");
    }
    formal(baseline.is_ok())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed, &|text| {
        std::str::from_utf8(text).is_ok_and(|text| Baseline::parse(&"b.toml".into(), text).is_ok())
    })
});
