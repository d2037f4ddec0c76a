//! A source in one of the languages other than the shell's.
#![no_main]

use confinix::inspect::{Language, pieces};
use confinix_fuzz::{anything, free, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|text: &str| -> Corpus {
    // PHP alone finds nothing in a text without `<?php`.
    let counts = Language::ALL.map(|language| pieces(language, text).len());
    free(counts.iter().any(|count| *count > 0))
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed, &anything)
});
