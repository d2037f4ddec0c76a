//! What can be created in the root of a service.

use anyhow::Result;

use super::{Found, Inside};
use crate::store::below;
use crate::systemd::PathEntry;

impl Inside<'_> {
    /// Whether a file can be created at an absolute path that does not exist; `None` if it depends on the host. `parents`:
    /// including its parent directories.
    pub fn can_be_made(&self, path: &str, parents: bool) -> Result<Option<bool>> {
        let mut dir = path;
        while let Some((above, _)) = dir.rsplit_once('/') {
            dir = if above.is_empty() { "/" } else { above };
            return Ok(match self.look(dir)? {
                Found::Missing if parents && dir != "/" => continue,
                Found::Missing if self.is_fresh(dir) => None,
                Found::Missing | Found::File { .. } => Some(false),
                Found::Unknown => None,
                Found::Directory => self.writable(dir),
            });
        }
        Ok(None)
    }

    /// Whether files can be created in an existing directory; `None` if it depends on the host.
    pub fn writable(&self, dir: &str) -> Option<bool> {
        if let Some(owner) = self.store_dir().owner(dir)
            && self.has(owner.base())
        {
            return Some(false);
        }
        // A view is read-only for everyone.
        if self.root.strategy.is_view() && below(dir, self.store_dir().as_str()).is_some() {
            return Some(false);
        }
        let covers = |entry: &&PathEntry| below(dir, &entry.path).is_some();
        match self.nearest(dir) {
            Some((settled, _)) => settled.read_only.then_some(false),
            None if self.root.is_adopted => None,
            None if self.is_privileged => Some(true),
            // If one place has both, it is read-only.
            None => {
                let depth = |entry: &PathEntry| entry.path.trim_end_matches('/').len();
                let read_only = &mut self.root.read_only.iter().filter(covers);
                let read_write = &mut self.root.read_write.iter().filter(covers);
                match (read_only.map(depth).max(), read_write.map(depth).max()) {
                    (Some(read_only), Some(read_write)) if read_only < read_write => None,
                    (Some(_), _) => Some(false),
                    (None, _) => None,
                }
            }
        }
    }

    /// The result of `test FLAG PATH`, if it is known in advance.
    pub fn test(&self, flag: &str, path: &str) -> Option<bool> {
        if !path.starts_with('/') {
            return None;
        }
        match (self.look(path).ok()?, flag) {
            (Found::Missing, _) if self.is_fresh(path) => None,
            (
                Found::Missing,
                "-e" | "-a" | "-f" | "-d" | "-r" | "-w" | "-x" | "-s" | "-S" | "-p" | "-b" | "-c",
            ) => matches!(self.can_be_made(path, true), Ok(Some(false))).then_some(false),
            (Found::Directory, "-e" | "-d") | (Found::File { .. }, "-e" | "-f") => Some(true),
            (Found::Directory, "-f") | (Found::File { .. }, "-d") => Some(false),
            (Found::File { executable, .. }, "-x") => Some(executable),
            _ => None,
        }
    }
}
