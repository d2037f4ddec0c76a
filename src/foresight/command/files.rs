//! Files that are read or made and are not inside.

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::foresight::known::Use;
use crate::foresight::trouble::Trouble;
use crate::inspect::Found;

impl Step<'_> {
    /// What will not work of this use of a file. `who`: who uses it.
    pub(super) fn file(&self, who: &str, path: &str, how: Use) -> Result<Option<Trouble>> {
        let inside = self.sight.inside;
        if how == Use::Names || inside.look(path)? != Found::Missing {
            return Ok(None);
        }
        let message = match how {
            Use::Names => return Ok(None),
            Use::Reads | Use::Replaces => {
                if inside.is_fresh(path) {
                    return Ok(None);
                }
                // One that is replaced has to be there, and its directory has to be writable.
                let verb = if how == Use::Reads {
                    "reads"
                } else {
                    "changes"
                };
                format!(
                    "{who} {verb} {path}, which {}",
                    self.sight.why_missing(path)
                )
            }
            Use::Makes | Use::MakesForHost | Use::MakesDirectory(_) => {
                let parents = how == Use::MakesDirectory(true);
                if inside.can_be_made(path, parents)? != Some(false) {
                    return Ok(None);
                }
                format!("{who} makes {path}, where nothing can be written")
            }
        };
        let trouble = Trouble::new(Code::FileMissing, path, message);
        Ok(Some(trouble.fixed_by(self.sight.file_remedies(path, how))))
    }
}
