//! Files that are read or made and are not inside.

use anyhow::Result;

use super::Seer;
use super::effects::{Effect, effects};
use crate::code::Code;
use crate::inspect::{Found, Opened};
use crate::store::below;

/// What is done to a file that is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// It is named, and perhaps read, written or made.
    Names,
    /// It is read.
    Reads,
    /// This file is made.
    Makes,
    /// This file is made, and the host looks for it.
    MakesForHost,
    /// Another file takes its place.
    Replaces,
    /// This directory is made; `true`: with those that lead to it, and it may be there.
    MakesDirectory(bool),
}

impl Seer<'_> {
    /// What a command does to files. `what`: the script that calls it, in front of a verb.
    pub(super) fn uses(
        &mut self,
        who: &str,
        name: &str,
        arguments: &[Option<String>],
        is_uncertain: bool,
    ) -> Result<()> {
        self.used.clear();
        for effect in effects(name, arguments) {
            let path = match effect {
                Effect::Names(path) => path,
                Effect::Reads(path) => {
                    self.reads(who, &path, is_uncertain)?;
                    path
                }
                Effect::Replaces(path) => {
                    self.replaces(who, &path, is_uncertain)?;
                    path
                }
                Effect::Makes { path, directory } => {
                    let how = directory.map_or(Use::Makes, Use::MakesDirectory);
                    self.makes(who, &path, how, is_uncertain)?;
                    path
                }
            };
            self.used.insert(path);
        }
        Ok(())
    }

    /// A file that a script opens by a redirection.
    pub(super) fn opens(&mut self, who: &str, opened: &Opened, is_uncertain: bool) -> Result<()> {
        let is_uncertain = is_uncertain || !opened.is_certain;
        if opened.is_made {
            self.makes(who, &opened.path, Use::Makes, is_uncertain)
        } else {
            self.reads(who, &opened.path, is_uncertain)
        }
    }

    fn reads(&mut self, who: &str, path: &str, is_uncertain: bool) -> Result<()> {
        if self.inside().look(path)? != Found::Missing || self.inside().is_fresh(path) {
            return Ok(());
        }
        let message = format!("{who} reads {path}, which {}", self.why_missing(path));
        let remedies = self.file_remedies(path, Use::Reads);
        self.say(Code::FileMissing, is_uncertain, path, message, remedies);
        Ok(())
    }

    /// A file that another one takes the place of: it has to be there, and its directory has to be writable.
    fn replaces(&mut self, who: &str, path: &str, is_uncertain: bool) -> Result<()> {
        if self.inside().look(path)? != Found::Missing || self.inside().is_fresh(path) {
            return Ok(());
        }
        let message = format!("{who} changes {path}, which {}", self.why_missing(path));
        let remedies = self.file_remedies(path, Use::Replaces);
        self.say(Code::FileMissing, is_uncertain, path, message, remedies);
        Ok(())
    }

    fn makes(&mut self, who: &str, path: &str, how: Use, is_uncertain: bool) -> Result<()> {
        let parents = how == Use::MakesDirectory(true);
        let is_there = !matches!(self.inside().look(path)?, Found::Missing);
        if is_there || self.inside().can_be_made(path, parents)? != Some(false) {
            return Ok(());
        }
        let message = format!("{who} makes {path}, where nothing can be written");
        let remedies = self.file_remedies(path, how);
        self.say(Code::FileMissing, is_uncertain, path, message, remedies);
        Ok(())
    }

    /// Why a path is not there, after "which".
    pub(super) fn why_missing(&self, path: &str) -> &'static str {
        let dir = self.inside().store_dir();
        match dir.owner(path) {
            Some(owner) if self.inside().has(owner.base()) => "does not exist",
            Some(_) => "the service does not see",
            None if is_of_kernel(path) && self.is_privileged => {
                "a command with '+' does not have: systemd mounts nothing for it"
            }
            None => "is not inside",
        }
    }
}

/// Whether a path is in a file system of the kernel.
pub(super) fn is_of_kernel(path: &str) -> bool {
    ["/dev", "/proc", "/sys"]
        .iter()
        .any(|dir| below(path, dir).is_some())
}
