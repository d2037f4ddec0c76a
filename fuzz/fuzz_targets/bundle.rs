//! A bundle.json, what follows from its data, and how confinix shows it.
#![no_main]

use confinix::bundle::{check, graph, parse, seal};
use confinix::output::human::Style;
use confinix::output::{Contents, Format, Render};
use confinix::rehearse::Records;
use confinix_fuzz::{formal, mutate_json};
use libfuzzer_sys::{Corpus, fuzz_mutator, fuzz_target};

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(mut bundle) = parse(data) else {
        return formal(false);
    };
    // Anyone who changes a bundle can seal it again.
    bundle.seal = seal(&bundle).ok();
    if check(&bundle).is_ok_and(|differences| differences.is_empty()) {
        let _ = graph(&bundle);
        let show = |service, format| {
            let shown = Contents {
                bundle: &bundle,
                records: &Records::default(),
                surfaces: None,
                service,
            };
            let _ = shown.render(format, Style::PLAIN);
        };
        show(None, Format::Human);
        show(None, Format::Json);
        for name in bundle.services.keys() {
            show(Some(name), Format::Human);
        }
    }
    formal(true)
});

fuzz_mutator!(|data: &mut [u8], size: usize, max: usize, seed: u32| {
    mutate_json(data, size, max, seed, &|text| parse(text).is_ok())
});
