//! NAR hashes in every notation that Nix has used.

use std::fmt;
use std::sync::LazyLock;

use anyhow::{Context, Result, bail};
use data_encoding::{BASE64, BitOrder, Encoding, HEXLOWER_PERMISSIVE, Specification};
use serde::{Deserialize, Serialize};

/// The SHA-256 of a store path's NAR serialisation. It is written as SRI (`sha256-` and base 64).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "HashText", into = "String")]
pub struct NarHash([u8; 32]);

impl NarHash {
    /// Makes the hash with these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Parses SRI (`sha256-` and base 64), or `sha256:` followed by Nix's base 32, base 16 or base 64.
    pub fn parse(text: &str) -> Result<Self> {
        let digest = text
            .strip_prefix("sha256-")
            .or_else(|| text.strip_prefix("sha256:"))
            .with_context(|| format!("{text:?} is not a SHA-256 hash"))?;
        Self::decode(digest, None)
    }

    /// The hash in base 16.
    pub fn hex(&self) -> String {
        HEXLOWER_PERMISSIVE.encode(&self.0)
    }

    fn decode(digest: &str, format: Option<&str>) -> Result<Self> {
        let encoding = match (format, digest.len()) {
            (Some("base16"), _) | (None, 64) => "base16",
            (Some("nix32" | "base32"), _) | (None, 52) => "nix32",
            (Some("base64" | "sri"), _) | (None, 44) => "base64",
            (Some(other), _) => bail!("{other:?} is not a known way of writing a hash"),
            (None, _) => bail!("{digest:?} is not a SHA-256 hash: its length fits no encoding"),
        };
        let bytes = match encoding {
            "base16" => HEXLOWER_PERMISSIVE.decode(digest.as_bytes()),
            "nix32" => {
                let reversed: Vec<u8> = digest.bytes().rev().collect();
                nix32()?.decode(&reversed)
            }
            _ => BASE64.decode(digest.as_bytes()),
        };
        let bytes = bytes.with_context(|| format!("{digest:?} is not {encoding}"))?;
        match bytes.try_into() {
            Ok(bytes) => Ok(Self(bytes)),
            Err(_) => bail!("{digest:?} is not a SHA-256 hash: it is not 256 bits long"),
        }
    }
}

/// Returns Nix's base 32, which is written in reverse (`printHash32` in Nix's `hash.cc`).
fn nix32() -> Result<&'static Encoding> {
    static NIX32: LazyLock<Option<Encoding>> = LazyLock::new(|| {
        let mut specification = Specification::new();
        specification
            .symbols
            .push_str("0123456789abcdfghijklmnpqrsvwxyz");
        specification.bit_order = BitOrder::LeastSignificantFirst;
        specification.encoding().ok()
    });
    NIX32.as_ref().context("base 32 is not set up")
}

impl fmt::Display for NarHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sha256-{}", BASE64.encode(&self.0))
    }
}

impl From<NarHash> for String {
    fn from(hash: NarHash) -> Self {
        hash.to_string()
    }
}

/// A hash in JSON: a string, or since `--json-format 2` an object.
#[derive(Deserialize)]
#[serde(untagged)]
enum HashText {
    Text(String),
    Structured {
        algorithm: String,
        format: Option<String>,
        hash: String,
    },
}

impl TryFrom<HashText> for NarHash {
    type Error = anyhow::Error;
    fn try_from(text: HashText) -> Result<Self> {
        match text {
            HashText::Text(text) => Self::parse(&text),
            HashText::Structured {
                algorithm,
                format,
                hash,
            } => {
                if algorithm != "sha256" {
                    bail!("{algorithm:?} is not SHA-256");
                }
                Self::decode(&hash, format.as_deref())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The hash of the empty string, as `nix hash to-base16` etc. print it.
    const SRI: &str = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    const NIX32: &str = "sha256:0mdqa9w1p6cmli6976v4wi0sw9r4p5prkj7lzfd1877wk11c9c73";
    const BASE16: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn every_spelling_is_the_same_hash() -> Result<()> {
        let structured = r#"{"algorithm":"sha256","format":"base64","hash":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="}"#;
        for hash in [
            NarHash::parse(SRI)?,
            NarHash::parse(NIX32)?,
            NarHash::parse(BASE16)?,
            serde_json::from_str(structured)?,
        ] {
            assert_eq!(hash.to_string(), SRI);
        }
        Ok(())
    }

    #[test]
    fn what_is_no_sha256_is_refused() {
        for text in [
            "",
            "sha256-",
            "sha512-AAAA",
            "md5:00",
            "sha256:zz",
            SRI.trim_end_matches('='),
        ] {
            assert!(NarHash::parse(text).is_err(), "{text:?} was accepted");
        }
    }
}
