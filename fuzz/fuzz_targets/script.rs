//! A shell script, and the command in a compiled wrapper.
#![no_main]

use confinix::inspect::{Environment, Start, World, read_script, read_wrapper};
use confinix_fuzz::{free, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

/// A root whose answers depend on the length of what it is asked about.
struct Root;

impl World for Root {
    fn test(&self, _flag: &str, path: &str) -> Option<bool> {
        Some(path.len() % 3 == 0)
    }

    fn has(&self, command: &str, _environment: &Environment) -> Option<bool> {
        (command.len() % 2 == 0).then_some(command.len() % 4 == 0)
    }

    fn has_match(&self, pattern: &str) -> Option<bool> {
        (pattern.len() % 2 == 0).then_some(false)
    }

    fn directory(&self) -> Option<String> {
        Some("/".to_owned())
    }

    fn source(&self, path: &str) -> Option<String> {
        (path.len() % 2 == 0).then(|| format!("f() {{ {path}; }}; f"))
    }
}

fn is_read(text: &str) -> bool {
    let start = Start {
        errexit: true,
        environment: &Environment::default(),
        arguments: vec![Some("/script".to_owned()), None, Some("x".to_owned())],
        world: &Root,
    };
    read_wrapper(text, &Environment::default());
    read_script(text, &start).is_ok()
}

fuzz_target!(|text: &str| -> Corpus { free(is_read(text)) });

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed, &|text| {
        std::str::from_utf8(text).is_ok_and(is_read)
    })
});
