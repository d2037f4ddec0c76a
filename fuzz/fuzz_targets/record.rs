//! A record of a rehearsal.
#![no_main]

use confinix::rehearse::Record;
use confinix_fuzz::{formal, mutate_json};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let record = Record::parse(data);
    if let Ok(record) = &record {
        let written = serde_json::to_vec(record).unwrap_or_default();
        let again = Record::parse(&written);
        assert!(again.is_ok_and(|again| again == *record));
    }
    formal(record.is_ok())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_json(data, size, max, seed, &|text| Record::parse(text).is_ok())
});
