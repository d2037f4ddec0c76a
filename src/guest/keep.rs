//! Keeps what a guest wrote, for people to look at.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

use super::{Guest, within};

/// How long the guest's journal may take to be written.
const PATIENCE: Duration = Duration::from_secs(10);

impl Guest {
    /// Copies what the guest wrote into a new directory: `tree` has the files that differ from those of the tree on which it boots, and
    /// those that differ in what else it sees; `journal` has its journal.
    pub fn keep(&self, directory: &Path) -> Result<()> {
        let tree = directory.join("tree");
        fs::create_dir_all(&tree)
            .with_context(|| format!("cannot create {}", directory.display()))?;
        // The overlays are in the mount namespace of nspawn alone.
        let namespace = format!("/proc/{}/root", self.stage_id());
        let place = within(Path::new(&namespace), &self.setup().place);
        copy(&place.join("root-upper"), &tree)?;
        for (index, path) in self.setup().with.iter().enumerate() {
            let upper = place.join(format!("with-{index}-upper"));
            let path = fs::canonicalize(path).unwrap_or_else(|_| path.clone());
            if upper.is_dir() {
                copy(&upper, &within(&tree, &path))?;
            }
        }
        self.run(["journalctl", "--sync"], PATIENCE)?;
        for journal in ["run/log/journal", "var/log/journal"] {
            let journal = self.root().join(journal);
            if fs::read_dir(&journal).is_ok_and(|mut entries| entries.next().is_some()) {
                copy(&journal, &directory.join("journal"))?;
            }
        }
        Ok(())
    }
}

/// Copies a directory with owners, modes, times, links, devices and attributes.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let context = || format!("cannot keep what a guest wrote in {}", to.display());
    fs::create_dir_all(to).with_context(context)?;
    let words: [&OsStr; 4] = [
        "--archive".as_ref(),
        "--no-target-directory".as_ref(),
        from.as_ref(),
        to.as_ref(),
    ];
    let mut cp = Command::new("cp");
    let copied = cp.args(words).stdin(Stdio::null()).output();
    let copied = copied.context("cannot start cp")?;
    if !copied.status.success() {
        let said = String::from_utf8_lossy(&copied.stderr);
        let first = said.lines().next().unwrap_or_default().to_owned();
        return Err(anyhow::Error::msg(first)).with_context(context);
    }
    Ok(())
}
