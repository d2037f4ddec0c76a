//! A shell script.
#![no_main]

use confinix::inspect::read_script;
use confinix_fuzz::{free, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fn is_read(text: &str) -> bool {
    read_script(text, true, &|_, path| Some(path.len() % 3 == 0)).is_ok()
}

fuzz_target!(|text: &str| -> Corpus { free(is_read(text)) });

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed, &|text| {
        std::str::from_utf8(text).is_ok_and(is_read)
    })
});
