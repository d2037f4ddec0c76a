//! Programs of which nothing is known: what the functions that they call tell of them.

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::foresight::known::Name;
use crate::foresight::trouble::{Outlook, Trouble};
use crate::inspect::{Program, read_elf_of};

/// What a program calls that finds a user, sets its groups and becomes the user. Each group of functions does one of these.
const CHANGES: [&[&str]; 3] = [
    &["getpwnam"],
    &["initgroups", "setgroups", "setgid", "setresgid"],
    &["setuid", "setresuid", "setreuid"],
];

/// Programs that are many in one: they call what any of them does.
const MANY: [&str; 3] = ["busybox", "coreutils", "toybox"];

impl Step<'_> {
    /// A program that root starts and that most likely changes to another user, whose name or number it does not have inside.
    pub(super) fn symbols(&self, program: &Program, seen: &mut Outlook) -> Result<()> {
        let around = &self.sight.around;
        let Some(file) = program.file.as_deref().filter(|_| around.is_root()) else {
            return Ok(());
        };
        let name = file.rsplit('/').next().unwrap_or_default();
        let is_private = around.has_private_users();
        let lacks_users = self.lacks_users()?;
        if MANY.contains(&name) || !is_private && !lacks_users {
            return Ok(());
        }
        let Some(document) = self.sight.inside.open(file).ok().flatten() else {
            return Ok(());
        };
        let Ok(elf) = read_elf_of(&document) else {
            return Ok(());
        };
        let calls = elf.symbols(&document, &CHANGES.concat());
        let changes = |group: &&[&str]| group.iter().any(|name| calls.contains(name));
        if !CHANGES.iter().all(changes) {
            return Ok(());
        }
        let who = format!(
            "{} runs {name}, which calls {}",
            self.place,
            calls.join(", ")
        );
        if lacks_users {
            let message =
                format!("{who} and may look up a user, of whom the service's root has no list");
            let trouble = Trouble::new(Code::UserUnknown, name, message).uncertain_if(true);
            seen.say(trouble.fixed_by(self.sight.preset_remedy("users")));
        }
        let problem =
            "and may change to a user that does not exist in the user namespace of PrivateUsers=";
        if let Some(trouble) = self.not_in_namespace(&who, name, problem) {
            seen.say(trouble.uncertain_if(true));
        }
        Ok(())
    }

    /// Whether the root has no list of users at all.
    fn lacks_users(&self) -> Result<bool> {
        let root = Name::User("root".to_owned());
        Ok(self.looked_up(self.place, &root)?.is_some())
    }
}
