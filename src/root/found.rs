//! What a look at a path tells.

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Missing,
    /// A directory.
    Directory,
    /// A file of the store.
    File {
        /// Where its content is, on this machine's store.
        file: String,
        /// Whether it can be executed.
        executable: bool,
    },
    /// Something, or nothing: only the host, or the service as it runs, can tell.
    Unknown,
}
