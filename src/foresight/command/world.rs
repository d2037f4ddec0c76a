//! The root, as the scripts of a command see it.

use super::Step;
use crate::document::Kind;
use crate::inspect::{Environment, Located, World};
use crate::root::Found;

/// The root of the service that a command belongs to.
pub(super) struct InRoot<'a, 's> {
    pub step: &'a Step<'s>,
    /// The directory that the script starts in; `None` if it is not known.
    pub directory: Option<&'a str>,
}

impl World for InRoot<'_, '_> {
    fn test(&self, flag: &str, path: &str) -> Option<bool> {
        self.step.test(flag, path)
    }

    fn has(&self, command: &str, environment: &Environment) -> Option<bool> {
        if command.starts_with('/') {
            let is_file = self.step.sight.inside.look(command).ok()?;
            return match is_file {
                Found::File { executable, .. } => Some(executable),
                Found::Missing => self.step.test("-e", command),
                Found::Directory | Found::Unknown => None,
            };
        }
        if command.contains('/') {
            return None;
        }
        match self.step.locate(command, environment).ok()? {
            Located::Found(_) => Some(true),
            Located::Missing => Some(false),
            Located::Unknown => None,
        }
    }

    fn has_match(&self, pattern: &str) -> Option<bool> {
        let (dir, name) = pattern.rsplit_once('/')?;
        let is_plain = !dir.contains(['*', '?', '[']);
        let names = self.step.sight.inside.names(dir).ok()??;
        let glob = globset::Glob::new(name).ok()?.compile_matcher();
        let fits =
            |known: &&str| glob.is_match(known) && name.starts_with('.') == known.starts_with('.');
        let has_none = is_plain && !self.step.is_after_privileged && !names.iter().any(fits);
        has_none.then_some(false)
    }

    fn directory(&self) -> Option<String> {
        self.directory.map(str::to_owned)
    }

    fn source(&self, path: &str) -> Option<String> {
        let inside = self.step.sight.inside;
        let Ok(Found::File { file, .. }) = inside.look(path) else {
            return None;
        };
        let text = inside.read(&file, Kind::Script).ok().flatten()?;
        String::from_utf8(text).ok()
    }
}
