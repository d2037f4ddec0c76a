//! A source in one of the languages other than the shell's.
#![no_main]

use confinix::inspect::{Language, pieces};
use confinix_fuzz::{anything, free, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

const ALL: [Language; 8] = [
    Language::Awk,
    Language::JavaScript,
    Language::Lua,
    Language::Perl,
    Language::Php,
    Language::Python,
    Language::Ruby,
    Language::Tcl,
];

fuzz_target!(|text: &str| -> Corpus {
    free(
        ALL.iter()
            .all(|language| !pieces(*language, text).is_empty()),
    )
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed, &anything)
});
