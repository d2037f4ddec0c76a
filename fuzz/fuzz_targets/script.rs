//! A shell script.
#![no_main]

use confinix::inspect::read_script;
use confinix_fuzz::{free, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|text: &str| -> Corpus {
    let is_read = read_script(text, true, &|_, path| {
        path.len().checked_rem(3).map(|rest| rest == 0)
    });
    free(is_read.is_ok())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed)
});
