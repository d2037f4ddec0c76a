//! An ELF file.
#![no_main]

use confinix::inspect::read_elf;
use confinix_fuzz::free;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus { free(read_elf(data).is_ok()) });
