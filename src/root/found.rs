//! The result of looking at a path.

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Missing,
    /// A directory.
    Directory,
    /// A file of the store.
    File {
        /// The path of its content in this machine's store.
        file: String,
        /// Whether it can be executed.
        executable: bool,
    },
    /// Unknown: it depends on the host or on the running service.
    Unknown,
}
