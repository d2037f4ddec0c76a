//! Digests, and the seal over a bundle.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufWriter, Write};

use anyhow::{Context, Result};
use data_encoding::{BASE64, HEXLOWER};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Bundle;
use crate::store::StorePath;

/// A SHA-256, as `sha256-<base 64>` (SRI).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::finish(Sha256::new_with_prefix(bytes))
    }

    /// The first 128 bits of the digest of some bytes, in base 16: enough to name things by.
    pub fn short(bytes: &[u8]) -> String {
        HEXLOWER.encode(&Sha256::digest(bytes)[..16])
    }

    fn finish(hash: Sha256) -> Self {
        Self(format!("sha256-{}", BASE64.encode(&hash.finalize())))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The seal that a bundle ought to have: the digest of everything in it but the seal itself, in the text that Nix's
/// `builtins.toJSON` gives for it, so that a Nix expression can check it. The drop-ins take part with their digests.
/// `bundle` must not hold a seal.
pub fn seal(bundle: &Bundle) -> Result<Digest> {
    debug_assert!(
        bundle.seal.is_none(),
        "a seal can't be part of what it seals"
    );
    // Writing the text takes longer than its digest, and nearly all of it stands in the first two.
    let mut hash = Sha256::new_with_prefix("{");
    let (closures, paths) = rayon::join(
        || {
            let mut text = BufWriter::with_capacity(1 << 16, &mut hash);
            write_member(&mut text, "closures", &bundle.closures)?;
            text.flush().context("could not seal the bundle")
        },
        || pieces(&bundle.paths),
    );
    closures?;
    hash.update(",\"paths\":{");
    for (i, piece) in paths?.into_iter().enumerate() {
        hash.update(if i == 0 { "" } else { "," });
        hash.update(piece);
    }
    hash.update("}");
    for member in [
        member("services", &bundle.services)?,
        member("storeDir", &bundle.store_dir)?,
        member("version", &bundle.version)?,
    ] {
        hash.update(",");
        hash.update(member);
    }
    hash.update("}");
    Ok(Digest::finish(hash))
}

/// The members of a JSON object, some in each text.
fn pieces<V: Serialize + Sync>(map: &BTreeMap<StorePath, V>) -> Result<Vec<Vec<u8>>> {
    let members: Vec<_> = map.iter().collect();
    let piece = |members: &[(&StorePath, &V)]| {
        let mut text = Vec::new();
        for (i, (path, value)) in members.iter().enumerate() {
            if i > 0 {
                text.push(b',');
            }
            write_member(&mut text, path.as_str(), value)?;
        }
        Ok(text)
    };
    members.par_chunks(1024).map(piece).collect()
}

/// Writes a member of a JSON object.
fn write_member(text: &mut impl Write, name: &str, value: &impl Serialize) -> Result<()> {
    let write = || -> serde_json::Result<()> {
        serde_json::to_writer(&mut *text, name)?;
        text.write_all(b":").map_err(serde_json::Error::io)?;
        serde_json::to_writer(text, value)
    };
    write().context("could not seal the bundle")
}

fn member(name: &str, value: &impl Serialize) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    write_member(&mut text, name, value)?;
    Ok(text)
}
