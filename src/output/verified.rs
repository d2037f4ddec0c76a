//! What `confinix verify` finds.

/// How a bundle compares with what its data imply, and with the store.
pub struct Verified {
    /// The directory of the bundle, as the user named it.
    pub bundle: String,
    /// How many files the bundle has; `None` if its data can't be read.
    pub files: Option<usize>,
    /// How many store paths were compared with the store; `None` if it was not asked.
    pub paths: Option<usize>,
    /// The differences, each in words.
    pub differences: Vec<String>,
}
