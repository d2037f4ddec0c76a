//! Words of a setting, commands of an Exec line, binds.
#![no_main]

use confinix::inspect::commands;
use confinix::service::Settings;
use confinix::store::{StoreDir, mentions, name_packages};
use confinix::systemd::{Escapes, Words, all_binds, path_word, raw_words, temporary_file_systems};
use confinix_fuzz::{anything, free, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|text: &str| -> Corpus {
    let is_read = Words::new(text, Escapes::C).count() > 0;
    for escapes in [Escapes::Lenient, Escapes::Literal] {
        Words::new(text, escapes).count();
    }
    commands(text);
    binds(text);
    raw_words(text);
    temporary_file_systems(text).count();
    if let Ok(dir) = StoreDir::parse("/nix/store") {
        mentions(text, &dir).count();
        name_packages(text, &dir);
    }
    if let Ok(word) = path_word(text) {
        binds(&word);
    }
    free(is_read)
});

fn binds(value: &str) {
    let settings: Settings = [("BindPaths", value)].into_iter().collect();
    all_binds(&settings).count();
}

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed, &anything)
});
