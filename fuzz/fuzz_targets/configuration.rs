//! A configuration of a program, in any of the languages.
#![no_main]

use confinix::inspect::read_configuration;
use confinix_fuzz::{anything, free, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|text: &str| -> Corpus {
    let mut is_accepted = false;
    for name in ["x", "x.yaml", "x.toml", "x.xml"] {
        is_accepted |= read_configuration(name, text).is_ok_and(|entries| !entries.is_empty());
    }
    free(is_accepted)
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed, &anything)
});
