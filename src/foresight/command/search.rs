//! Commands that systemd has to look for: bare names, and the shell of a user.

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::foresight::trouble::{Outlook, Trouble};
use crate::inspect::{DEFAULT_PATH, Located, search_path};
use crate::root::Found;

impl Step<'_> {
    /// A bare name, which systemd looks up inside (`find_executable_full`).
    pub(super) fn search(&self, seen: &mut Outlook) -> Result<Option<String>> {
        let place = self.place;
        let own = search_path(&self.sight.confined.service.settings);
        let name = &self.command.program;
        let (directories, wherever) = if own.is_empty() {
            (
                DEFAULT_PATH.map(str::to_owned).to_vec(),
                "where systemd looks (the unit sets no ExecSearchPath=)".to_owned(),
            )
        } else {
            (own.clone(), format!("in ExecSearchPath={}", own.join(":")))
        };
        match self.sight.programs.find(name, &directories)? {
            // NixOS's systemd looks in its own package instead.
            Located::Found(path) if own.is_empty() => {
                let message = format!(
                    "{place} runs {name:?}, which is at {path} in the service's root; the systemd of NixOS does not search there"
                );
                seen.say(Trouble::new(Code::CommandMissing, name, message).uncertain_if(true));
                Ok(Some(path))
            }
            Located::Found(path) => Ok(Some(path)),
            Located::Unknown => Ok(None),
            Located::Missing => {
                let remedies = self.sight.named_by_path(self.setting, self.line, name)?;
                let message = format!("{place} runs {name:?}, which is not found {wherever}");
                let trouble = Trouble::new(Code::CommandMissing, name, message)
                    .uncertain_if(self.command.may_fail())
                    .fixed_by(remedies);
                seen.say(trouble);
                Ok(None)
            }
        }
    }

    /// With the prefix `|` (systemd 258), the user's shell runs the rest.
    pub(super) fn through_shell(&self, seen: &mut Outlook) -> Result<()> {
        let place = self.place;
        let message = format!(
            "'|' runs {place} with the user's shell from the host's /etc/passwd, which must exist at that path in the service's root. systemd before 258 refuses the unit (without '|', every version runs the command itself)"
        );
        seen.say(Trouble::new(Code::SystemdTooOld, "|", message).uncertain_if(true));
        if self.sight.inside.look("/bin/sh")? == Found::Missing {
            let message = format!(
                "{place} is run by the shell of its user ('|'), and the service's root has no /bin/sh"
            );
            let trouble = Trouble::new(Code::CommandMissing, "|", message)
                .uncertain_if(true)
                .fixed_by(self.sight.shell_remedy());
            seen.say(trouble);
        }
        for argument in &self.command.arguments {
            seen.note(&self.sight, place, argument);
        }
        Ok(())
    }
}
