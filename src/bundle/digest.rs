//! Digests.

use std::fmt;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256, as `sha256-<base 64>` (SRI).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self::finish(Sha256::new_with_prefix(bytes))
    }

    /// The first 128 bits of the digest of some bytes, in hexadecimal: enough for a name.
    pub fn short(bytes: &[u8]) -> String {
        Self::with_short(bytes).1
    }

    /// The digest of some bytes, and [`Self::short`].
    pub fn with_short(bytes: &[u8]) -> (Self, String) {
        let hash = Sha256::new_with_prefix(bytes);
        let short = HEXLOWER.encode(&hash.clone().finalize()[..16]);
        (Self::finish(hash), short)
    }

    /// The digest of everything given to `hash`.
    pub(super) fn finish(hash: Sha256) -> Self {
        Self(format!("sha256-{}", BASE64.encode(&hash.finalize())))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
