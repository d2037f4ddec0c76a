//! Programs that the caller's `PATH` has.

use std::path::PathBuf;

/// The file that a program of this name is; none where no directory of `PATH` has one.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|directory| directory.join(program))
        .find(|file| file.is_file())
}
