//! Digests, and the seal over a bundle.

use std::fmt;

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
    let (closures, paths) = rayon::join(
        || member("closures", &bundle.closures),
        || member("paths", &bundle.paths),
    );
    let members = [
        closures?,
        paths?,
        member("services", &bundle.services)?,
        member("storeDir", &bundle.store_dir)?,
        member("version", &bundle.version)?,
    ];
    let mut hash = Sha256::new();
    for (i, member) in members.iter().enumerate() {
        hash.update(if i == 0 { "{" } else { "," });
        hash.update(member);
    }
    hash.update("}");
    Ok(Digest::finish(hash))
}

/// A member of a JSON object.
fn member(name: &str, value: &impl Serialize) -> Result<Vec<u8>> {
    let mut text = format!("{name:?}:").into_bytes();
    serde_json::to_writer(&mut text, value).context("could not seal the bundle")?;
    Ok(text)
}
