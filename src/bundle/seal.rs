//! Digests, and the seal over a bundle.

use std::fmt;
use std::io::{BufWriter, Write};

use anyhow::{Context, Result};
use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Bundle;

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
        || member("paths", &bundle.paths),
    );
    closures?;
    for member in [
        paths?,
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

/// Writes a member of a JSON object.
fn write_member(text: &mut impl Write, name: &str, value: &impl Serialize) -> Result<()> {
    write!(text, "{name:?}:")
        .and_then(|()| Ok(serde_json::to_writer(text, value)?))
        .context("could not seal the bundle")
}

fn member(name: &str, value: &impl Serialize) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    write_member(&mut text, name, value)?;
    Ok(text)
}
