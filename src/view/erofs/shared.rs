//! Extended attributes that inodes share: a store path in many views has its name in the image once.

use anyhow::{Context, Result};

use crate::view::Shown;

/// `EROFS_XATTR_INDEX_TRUSTED`: represents the prefix `trusted.`
const TRUSTED: u8 = 4;

/// The shared attributes of an image. An inode refers to one by its offset in units of 4 bytes.
pub(super) struct Shared {
    /// The content of the area for shared attributes.
    pub bytes: Vec<u8>,
    /// `trusted.overlay.opaque`: the store's directory of this name is not merged with this one.
    pub opaque: u32,
    /// `trusted.overlay.metacopy`: the file's data is elsewhere.
    pub metacopy: u32,
    /// `trusted.overlay.redirect`: where overlayfs finds each store path. Symlinks have none, and the number 0.
    pub redirects: Vec<u32>,
}

impl Shared {
    /// Makes the attributes of these store paths.
    pub fn new(paths: &[(&str, Shown)]) -> Result<Self> {
        let mut bytes = Vec::new();
        let opaque = add(&mut bytes, "overlay.opaque", "y")?;
        let metacopy = add(&mut bytes, "overlay.metacopy", "")?;
        let mut redirect = |(name, shown): &(&str, Shown)| match shown {
            Shown::Symlink(_) => Ok(0),
            _ => add(&mut bytes, "overlay.redirect", &format!("/{name}")),
        };
        let redirects = paths.iter().map(&mut redirect).collect::<Result<_>>()?;
        Ok(Self {
            bytes,
            opaque,
            metacopy,
            redirects,
        })
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
