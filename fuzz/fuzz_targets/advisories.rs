//! A file of advisories, compared with versions.
#![no_main]

use confinix::advisory::{Advisories, parse};
use confinix_fuzz::{formal, mutate_json};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let mut advisories = Advisories::default();
    let parsed = parse("a.json", data, &mut advisories);
    assert!(advisories.left_out.iter().all(|left_out| left_out.starts_with("a.json: ")));
    for product in advisories.by_id.values().flat_map(|advisory| &advisory.products) {
        for version in ["", "0", "1.2.3", "2.0pre1", "0-unstable-2024-01-01"] {
            assert_eq!(product.verdict(version), product.verdict(version));
        }
    }
    formal(parsed.is_ok())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_json(data, size, max, seed, &|text| {
        parse("a.json", text, &mut Advisories::default()).is_ok()
    })
});
