//! Files that are read or made and are not inside.

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::foresight::known::Use;
use crate::foresight::trouble::Trouble;
use crate::root::Found;

impl Step<'_> {
    /// What will not work of this use of a file. `who`: who uses it.
    pub(super) fn file(&self, who: &str, path: &str, how: Use) -> Result<Option<Trouble>> {
        let inside = self.sight.inside;
        if !matches!(how, Use::Names | Use::Reads)
            && let Some(trouble) = self.protected(who, path)
        {
            return Ok(Some(trouble));
        }
        if how == Use::Reads
            && let Some(trouble) = self.of_host_root(who, path)
        {
            return Ok(Some(trouble));
        }
        let makes = matches!(how, Use::Makes | Use::MakesDirectory(_));
        if makes && inside.is_of_configuration(path) && !self.sight.around.is_root() {
            // The host may give it to the user.
            let message = format!(
                "{who} creates {path}, and systemd leaves directories of ConfigurationDirectory= to root"
            );
            let trouble = Trouble::new(Code::FileMissing, path, message);
            return Ok(Some(trouble.uncertain_if(true)));
        }
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
                match inside.can_be_made(path, parents)? {
                    Some(false) => format!("{who} creates {path} in a read-only place"),
                    // The mode of the /run that `MountAPIVFS=` brings is 1777 on systemd 252 and 0755 on 262.
                    None if inside.is_of_one_command(path) && !self.sight.around.is_root() => {
                        let message = format!(
                            "{who} creates {path}, where newer systemd versions let only root write"
                        );
                        let trouble =
                            Trouble::new(Code::FileMissing, path, message).uncertain_if(true);
                        return Ok(Some(trouble.fixed_by(self.sight.file_remedies(path, how))));
                    }
                    _ => return Ok(None),
                }
            }
        };
        let mut trouble = Trouble::new(Code::FileMissing, path, message);
        trouble.made = (how == Use::Makes).then(|| path.to_owned());
        Ok(Some(trouble.fixed_by(self.sight.file_remedies(path, how))))
    }
}
