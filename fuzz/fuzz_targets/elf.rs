//! An ELF file.
#![no_main]

use confinix::document::Document;
use confinix::inspect::{built_in_paths, read_elf};
use confinix_fuzz::free;
use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let elf = read_elf(data);
    if let Ok(elf) = &elf {
        elf.symbols(&Document::in_memory(data.into()), &["setuid"]);
    }
    built_in_paths(&Document::in_memory(data.into()), &["/etc/"]);
    free(elf.is_ok())
});
