//! Store paths.

use std::fmt;
use std::sync::Arc;

use anyhow::{Result, bail, ensure};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Length of the hash part of a store path, in characters of Nix's base 32.
pub(super) const HASH_LEN: usize = 32;
/// Maximum length of the name part in Nix (`StorePath::MaxPathLen`), in bytes.
pub(super) const MAX_NAME_LEN: usize = 211;

/// The directory of a store, nearly always `/nix/store`: absolute, without `.`, `..` or a trailing slash.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StoreDir(Arc<str>);

impl StoreDir {
    /// Parses a store directory. The error explains what is wrong with it.
    pub fn parse(text: &str) -> Result<Self> {
        ensure!(
            text.starts_with('/') && text.len() > 1,
            "{text:?} is not a store directory: it is not an absolute path"
        );
        ensure!(
            !text.chars().any(char::is_control),
            "{text:?} is not a store directory: it contains a control character"
        );
        ensure!(
            text[1..]
                .split('/')
                .all(|part| !matches!(part, "" | "." | "..")),
            "{text:?} is not a store directory: it contains an empty, '.' or '..' component"
        );
        Ok(Self(text.into()))
    }

    /// Returns the directory as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path with this base name (`<hash>-<name>`) in this store.
    pub fn join(&self, base: &str) -> Result<StorePath> {
        StorePath::parse(&format!("{}/{base}", self.0))
    }

    /// Like [`Self::join`], for a base name that was checked before.
    pub(super) fn join_checked(&self, base: &str) -> StorePath {
        StorePath([&self.0, "/", base].concat().into())
    }

    /// Returns the store path that `file`, a path at or below it, belongs to.
    pub fn owner(&self, file: &str) -> Option<StorePath> {
        let rest = file.strip_prefix(self.as_str())?.strip_prefix('/')?;
        self.join(rest.split('/').next()?).ok()
    }
}

impl TryFrom<String> for StoreDir {
    type Error = anyhow::Error;
    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl From<StoreDir> for String {
    fn from(dir: StoreDir) -> Self {
        dir.as_str().to_owned()
    }
}

impl fmt::Display for StoreDir {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A path directly in a store: `<store directory>/<hash>-<name>`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorePath(Arc<str>);

impl<'de> Deserialize<'de> for StorePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = StorePath;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<StorePath, E> {
                StorePath::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl Serialize for StorePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl StorePath {
    /// Parses an absolute store path. The error explains what is wrong with it.
    pub fn parse(text: &str) -> Result<Self> {
        let Some((dir, base)) = text.rsplit_once('/') else {
            bail!("{text:?} is not a store path: it is not absolute");
        };
        // Nearly every path is in this store, and bundles have hundreds of thousands of them.
        if dir != "/nix/store" {
            StoreDir::parse(dir)?;
        }
        check_base(base)?;
        Ok(Self(text.into()))
    }

    /// Returns the absolute path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the directory of the store.
    pub fn dir(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(dir, _)| dir)
    }

    /// Returns the base name, `<hash>-<name>`.
    pub fn base(&self) -> &str {
        self.0.rsplit_once('/').map_or("", |(_, base)| base)
    }

    /// Returns the hash part of the base name.
    pub fn hash(&self) -> &str {
        &self.base()[..HASH_LEN]
    }

    /// Returns the part after the hash, usually `<package>-<version>`.
    pub fn name(&self) -> &str {
        &self.base()[HASH_LEN + 1..]
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StorePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Checks a base name as Nix does (`checkName` in Nix's `path.cc`; base names in the output of `path-info` have no directory).
pub(super) fn check_base(base: &str) -> Result<()> {
    let wrong = |what: &str| anyhow::anyhow!("{base:?} is not a store path: {what}");
    let bytes = base.as_bytes();
    if bytes.len() < HASH_LEN + 2 || bytes[HASH_LEN] != b'-' {
        return Err(wrong("it does not begin with a 32-character hash and '-'"));
    }
    if !bytes[..HASH_LEN].iter().copied().all(is_hash_char) {
        return Err(wrong(
            "its hash has a character that is not in Nix's base 32",
        ));
    }
    let name = &bytes[HASH_LEN + 1..];
    if name.len() > MAX_NAME_LEN {
        return Err(wrong("its name is longer than 211 characters"));
    }
    if !name.iter().copied().all(is_name_char) {
        return Err(wrong(
            "its name has a character other than letters, digits and +-._?=",
        ));
    }
    if name == b"." || name == b".." || name.starts_with(b".-") || name.starts_with(b"..-") {
        return Err(wrong("its name is '.' or '..'"));
    }
    Ok(())
}

pub(super) fn is_hash_char(byte: u8) -> bool {
    const ALLOWED: [bool; 256] = allowed(b"0123456789abcdfghijklmnpqrsvwxyz");
    ALLOWED[usize::from(byte)]
}

/// Whether a byte is allowed in the name of a store path.
pub fn is_name_char(byte: u8) -> bool {
    const ALLOWED: [bool; 256] =
        allowed(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+-._?=");
    ALLOWED[usize::from(byte)]
}

/// Makes a lookup table of the bytes in `bytes`. A table is fast, and every character of every path is checked.
const fn allowed(bytes: &[u8]) -> [bool; 256] {
    let mut allowed = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        allowed[bytes[at] as usize] = true;
        at += 1;
    }
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HASH: &str = "0c0dfghijklmnpqrsvwxyz0123456789";

    #[test]
    fn a_store_path_has_a_directory_a_hash_and_a_name() -> Result<()> {
        let path = StorePath::parse(&format!("/nix/store/{HASH}-bash-5.2"))?;
        assert_eq!(path.dir(), "/nix/store");
        assert_eq!(path.name(), "bash-5.2");
        Ok(())
    }

    #[test]
    fn what_is_no_store_path_is_refused() {
        for text in [
            "",
            "bash",
            "/nix/store/bash",
            &format!("/nix/store/{HASH}-"),
            &format!("/nix/store/{HASH}-a/b"),
            &format!("/nix/../store/{HASH}-a"),
            &format!("/nix/store/{HASH}-.."),
            &format!("/nix/store/{HASH}-a\0b"),
            &format!("/nix/store/{HASH}-a b"),
            &format!("/nix/store/{}-a", HASH.replace('c', "e")),
            &format!("/nix/store/{HASH}-{}", "a".repeat(212)),
            &format!("nix/store/{HASH}-a"),
            &format!("/nix/store/{HASH}-ä"),
        ] {
            assert!(StorePath::parse(text).is_err(), "{text:?} was accepted");
        }
    }

    proptest! {
        #[test]
        fn what_parses_prints_the_same(text in "/nix/store/[0-9a-df-np-sv-z]{32}-[0-9a-zA-Z+_?=-]{1,211}") {
            let path = StorePath::parse(&text).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(path.to_string(), text);
        }
    }
}
