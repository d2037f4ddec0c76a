//! Whether strace is used.

use std::path::Path;

use anyhow::{Result, bail};

use super::rehearsal::{Options, Tracing};
use crate::observe::Tracer;

/// Why a service that can be compared was not traced.
pub fn why_untraced(options: &Options, is_absent: bool) -> &'static str {
    match options.tracing {
        Tracing::Never => "--trace never",
        _ if is_absent => "strace is not installed",
        _ if !options.searches => "--no-changes without --trace always",
        _ => "it behaves as it does without confinement (--trace always traces it too)",
    }
}

/// strace, and why there is none.
pub fn tracer(options: &Options) -> Result<(Option<Tracer>, Option<String>)> {
    if options.tracing == Tracing::Never {
        return Ok((None, None));
    }
    // It brings its libraries, so it works in any tree.
    let tracer = Tracer::find(&options.stage.root).or_else(|| Tracer::find(Path::new("/")));
    if tracer.is_some() {
        return Ok((tracer, None));
    }
    let absent = "strace (5.5 or newer) is not installed";
    if options.tracing == Tracing::Always {
        bail!("{absent}: install it, or leave out --trace");
    }
    let untraced = format!("{absent}, so the causes of failures were not looked at");
    Ok((None, Some(untraced)))
}
