//! Which bytes of an image are something.

use std::cell::RefCell;
use std::collections::BTreeSet;

use anyhow::{Result, ensure};

/// The attribute of files, which every image has.
const METACOPY: &[u8] = b"\x10\x04\x00\x00overlay.metacopy";

/// The parts of an image that were read, as offsets of their beginning and end.
#[derive(Default)]
pub struct Used {
    once: RefCell<Vec<(usize, usize)>>,
    often: RefCell<BTreeSet<(usize, usize)>>,
}

impl Used {
    /// Records what belongs to one inode.
    pub fn once(&self, at: usize, len: usize) {
        self.once.borrow_mut().push((at, at + len));
    }

    /// Records what inodes may share.
    pub fn often(&self, at: usize, len: usize) {
        self.often.borrow_mut().insert((at, at + len));
    }

    /// After all inodes were read, each once: nothing may overlap, and there must be nothing else in the image.
    pub fn check(&self, image: &[u8]) -> Result<()> {
        let mut used = self.once.borrow().clone();
        used.extend(self.often.borrow().iter());
        used.push((image.len(), image.len()));
        used.sort_unstable();
        let mut end = 0;
        for (start, next) in used {
            ensure!(
                start >= end,
                "what is at {start} overlaps what ends at {end}"
            );
            let between = &image[end..start];
            let begin = between.iter().position(|byte| *byte != 0);
            let more = &between[begin.unwrap_or(between.len())..];
            let more = more.strip_prefix(METACOPY).unwrap_or(more);
            ensure!(
                more.iter().all(|byte| *byte == 0),
                "something is between {end} and {start}"
            );
            end = next;
        }
        Ok(())
    }
}
