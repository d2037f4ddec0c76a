//! Values of one line: store paths, patterns, dates, sizes, names of units, levels, kernels, hashes.
#![no_main]

use confinix::config::Date;
use confinix::systemd::ExposureLevel;
use confinix::service::{Choice, Include, ServiceGlob, UnitName};
use confinix::store::{Package, PackagePattern, PathPattern, StoreDir, StorePath};
use confinix::text::{bytes, parse_bytes};
use confinix::confine::Kernel;
use confinix_fuzz::{anything, free, mutate_lines};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|text: &str| -> Corpus {
    let mut is_read = false;
    for line in text.lines() {
        if let Ok(path) = StorePath::parse(line) {
            is_read = true;
            assert_eq!(path.as_str(), line);
            Package::parse(path.name());
            for pattern in [path.name(), line] {
                is_read |= PathPattern::parse(pattern).is_ok_and(|pattern| pattern.matches(&path));
            }
        }
        if let Ok(date) = Date::parse(line) {
            is_read = true;
            assert_eq!(date.to_string(), line);
        }
        if let Ok(size) = parse_bytes(line) {
            is_read = true;
            bytes(size);
        }
        is_read |= StoreDir::parse(line).is_ok()
            | PackagePattern::parse(line).is_ok()
            | PathPattern::parse(line).is_ok()
            | ServiceGlob::parse(line).is_ok()
            | UnitName::parse(line).is_ok()
            | line.parse::<Kernel>().is_ok()
            | line.parse::<ExposureLevel>().is_ok()
            | line.parse::<Choice>().is_ok()
            | line.parse::<Include>().is_ok();
    }
    free(is_read)
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_lines(data, size, max, seed, &anything)
});
