//! What `confinix verify` finds.

use serde::Serialize;

/// How a bundle compares with what its data imply, and with the store.
#[derive(Serialize)]
pub struct Verified {
    /// The directory of the bundle, as the user named it.
    pub bundle: String,
    /// How many files the bundle has; `None` if its data can't be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<usize>,
    /// How many store paths were compared with the store; `None` if it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paths: Option<usize>,
    /// The differences, each in words.
    pub differences: Vec<String>,
}
