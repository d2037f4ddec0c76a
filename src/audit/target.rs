//! What is audited.

use crate::bundle::Bundle;
use crate::store::StoreFiles;

/// A bundle that is to be audited.
#[derive(Clone, Copy)]
pub struct Target<'a> {
    /// What the user calls it.
    pub name: &'a str,
    /// Itself.
    pub bundle: &'a Bundle,
    /// Where the files of its store can be read; none: they are not to be looked at.
    pub files: Option<&'a dyn StoreFiles>,
}
