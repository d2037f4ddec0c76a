//! A log of strace.
#![no_main]

use confinix::observe::{Failures, Trace};
use confinix_fuzz::{anything, free, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|log: &[u8]| -> Corpus {
    let failures = Failures::read(log).expect("memory can be read");
    assert!(failures.beyond(&failures).calls.is_empty());
    let trace = Trace::read(log).expect("memory can be read");
    assert_eq!(trace.failed, failures);
    let calls = failures.calls.iter().chain(&trace.used.calls);
    let paths = calls
        .filter_map(|failure| failure.path.as_deref());
    for path in paths.filter(|path| path.starts_with('/')) {
        assert!(
            !path.split('/').any(|part| matches!(part, "." | "..")),
            "{path}"
        );
    }
    free(!failures.calls.is_empty())
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed, &anything)
});
