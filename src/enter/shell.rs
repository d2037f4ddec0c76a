//! The shell of `--shell`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::store::{StoreDir, StorePath};

/// A shell in a store path.
#[derive(Debug)]
pub struct Shell {
    /// The store path that contains it.
    pub path: StorePath,
    /// The path of the program.
    pub program: String,
}

/// The programs that are shells, the most convenient first.
const PROGRAMS: [&str; 7] = ["bash", "zsh", "fish", "ksh", "dash", "sh", "busybox"];

/// Finds the shell in `package`: a store path with a shell in its `bin`, or the file of a shell. Symlinks are followed.
pub fn shell_in(package: &Path, dir: &StoreDir) -> Result<Shell> {
    let real = fs::canonicalize(package)
        .with_context(|| format!("cannot look for a shell in {}", package.display()))?;
    let owner = |file: &Path| dir.owner(file.to_str()?);
    let Some(path) = owner(&real) else {
        bail!(
            "{} is not in {dir}, so it has no closure: name a store path (nix build --no-link --print-out-paths nixpkgs#bashInteractive prints one)",
            package.display()
        );
    };
    let program = if real.is_dir() {
        let bin = real.join("bin");
        PROGRAMS
            .map(|program| bin.join(program))
            .into_iter()
            .find(is_executable)
    } else {
        Some(real.clone()).filter(is_executable)
    };
    let Some(program) = program.as_deref().and_then(Path::to_str) else {
        bail!(
            "{} has no shell: looked for {} in its bin",
            package.display(),
            PROGRAMS.join(", ")
        );
    };
    Ok(Shell {
        path,
        program: program.to_owned(),
    })
}

fn is_executable(file: &PathBuf) -> bool {
    fs::metadata(file).is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}
