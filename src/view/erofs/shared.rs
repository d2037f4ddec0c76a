//! Extended attributes that inodes share: a store path in many views has its name in the image once.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use crate::view::Shown;

/// `EROFS_XATTR_INDEX_TRUSTED`: represents the prefix `trusted.`
const TRUSTED: u8 = 4;

/// The shared attributes of an image. An inode refers to one by its offset in units of 4 bytes.
pub(super) struct Shared<'a> {
    bytes: Vec<u8>,
    /// `trusted.overlay.opaque`: the store's directory of this name is not merged with this one.
    pub opaque: u32,
    /// `trusted.overlay.metacopy`: the file's data is elsewhere.
    pub metacopy: u32,
    redirects: BTreeMap<&'a str, u32>,
}

impl<'a> Shared<'a> {
    /// Collects the attributes of all that views show.
    pub fn new(shown: impl Iterator<Item = (&'a str, &'a Shown<'a>)>) -> Result<Self> {
        let mut bytes = Vec::new();
        let opaque = add(&mut bytes, "overlay.opaque", "y")?;
        let metacopy = add(&mut bytes, "overlay.metacopy", "")?;
        let mut redirects = BTreeMap::new();
        for (name, shown) in shown {
            if !matches!(shown, Shown::Symlink(_)) && !redirects.contains_key(name) {
                let redirect = add(&mut bytes, "overlay.redirect", &format!("/{name}"))?;
                redirects.insert(name, redirect);
            }
        }
        Ok(Self {
            bytes,
            opaque,
            metacopy,
            redirects,
        })
    }

    /// `trusted.overlay.redirect`: where overlayfs finds the store path of this name.
    pub fn redirect(&self, name: &str) -> u32 {
        self.redirects.get(name).copied().unwrap_or_default()
    }

    /// The content of the area for shared attributes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Appends `struct erofs_xattr_entry`, and returns its offset.
fn add(bytes: &mut Vec<u8>, name: &str, value: &str) -> Result<u32> {
    let offset = u32::try_from(bytes.len() / 4).context("too many store paths for one image")?;
    // The names are ours and the values are store names: both are far below the limits of 255 and 65,535 bytes.
    bytes.push(u8::try_from(name.len())?);
    bytes.push(TRUSTED);
    bytes.extend(u16::try_from(value.len())?.to_le_bytes());
    bytes.extend(name.as_bytes());
    bytes.extend(value.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    Ok(offset)
}
