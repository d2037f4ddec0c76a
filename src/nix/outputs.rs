//! The outputs of derivations.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use super::command::read_output;
use super::{Nix, Options};
use crate::store::StorePath;

/// The paths of all outputs of a derivation, which need not be built. Asks the store that was evaluated with.
pub fn outputs(nix: &Nix, derivation: &StorePath) -> Result<BTreeSet<StorePath>> {
    let options = nix.options().clone();
    let evaluated = Nix::new(
        Options {
            store: options.eval_store.clone().or(options.store.clone()),
            ..options
        },
        nix.progress(),
    );
    let arguments = ["--query", "--outputs", derivation.as_str()];
    evaluated
        .nix_store(arguments.map(Into::into), read_output)
        .and_then(|bytes| {
            let text = String::from_utf8(bytes)?;
            text.lines().map(StorePath::parse).collect()
        })
        .with_context(|| {
            format!(
                "could not ask which outputs {derivation} has (record the services where they were evaluated, with `confinix services`)"
            )
        })
}
