//! Users and groups that programs look up by name, where the root has no list of them.

use anyhow::Result;

use super::Seer;
use super::effects::{Lookup, lookups};
use crate::code::Code;
use crate::document::Kind;
use crate::inspect::Found;

/// Which users, or groups, there are inside.
enum Names {
    None,
    /// As a file of the store lists them.
    Listed(String),
    /// As the host lists them.
    OfHost,
    /// As the host tells them when it is asked, dynamic ones too.
    Asked,
}

impl Seer<'_> {
    /// What a command looks up.
    pub(super) fn looks_up(
        &mut self,
        who: &str,
        name: &str,
        arguments: &[Option<String>],
        is_uncertain: bool,
    ) -> Result<()> {
        for lookup in lookups(name, arguments) {
            self.looked_up(who, &lookup, is_uncertain)?;
            let (Lookup::User(other) | Lookup::Group(other)) = &lookup else {
                continue;
            };
            // Only root's own id, and the service's, mean anything in its namespace.
            if matches!(name, "chown" | "chgrp")
                && other != "root"
                && self.is_root()
                && self.has_private_users()
                && !self.is_privileged
            {
                self.other_user(who, other, "gives a file to", is_uncertain);
            }
        }
        Ok(())
    }

    /// Says that a name is not known inside.
    pub(super) fn looked_up(
        &mut self,
        who: &str,
        lookup: &Lookup,
        is_uncertain: bool,
    ) -> Result<()> {
        let is_dynamic = matches!(self.settings.boolean("DynamicUser"), Ok(Some(true)));
        let names = self.names(lookup)?;
        let is_missing = match (&names, lookup) {
            (Names::None, _) => true,
            (Names::Listed(list), Lookup::User(name) | Lookup::Group(name)) => !list
                .lines()
                .any(|line| line.split(':').next() == Some(name)),
            // No list has it.
            (Names::OfHost | Names::Listed(_), Lookup::Own) => is_dynamic && !self.is_privileged,
            (Names::OfHost | Names::Asked, _) => false,
        };
        if !is_missing {
            return Ok(());
        }
        let (subject, what) = match lookup {
            Lookup::Own if is_dynamic => ("DynamicUser", "the name of its dynamic user".to_owned()),
            Lookup::Own => ("User", "the name of its user".to_owned()),
            Lookup::User(name) => (name.as_str(), format!("the user {name}")),
            Lookup::Group(name) => (name.as_str(), format!("the group {name}")),
        };
        let message = format!("{who} looks up {what}, which nothing inside knows");
        // A list that the unit has itself stays.
        let remedies = match (&names, lookup) {
            (_, Lookup::Own) if is_dynamic => self.preset_remedy("nscd"),
            (Names::Listed(_), _) => Vec::new(),
            _ => self.preset_remedy("users"),
        };
        self.say(Code::UserUnknown, is_uncertain, subject, message, remedies);
        Ok(())
    }

    /// Says that a user other than its own can't be had in a namespace.
    pub(super) fn other_user(&mut self, who: &str, other: &str, what: &str, is_uncertain: bool) {
        let message = format!(
            "{who} {what} {other}, whom the user namespace that PrivateUsers= makes does not have"
        );
        let remedies = self.host_users_remedy();
        self.say(Code::PrivateUsers, is_uncertain, other, message, remedies);
    }

    fn names(&self, lookup: &Lookup) -> Result<Names> {
        // The C library asks here first, if it is there.
        if self.inside().look("/var/run/nscd/socket")? != Found::Missing {
            return Ok(Names::Asked);
        }
        let file = if matches!(lookup, Lookup::Group(_)) {
            "/etc/group"
        } else {
            "/etc/passwd"
        };
        Ok(match self.inside().look(file)? {
            Found::Missing => Names::None,
            Found::File { file, .. } => match self.inside().read(&file, Kind::Accounts) {
                Ok(Some(list)) => Names::Listed(String::from_utf8_lossy(&list).into_owned()),
                // Nothing is known of a list that can't be read, as of the host's.
                Ok(None) | Err(_) => Names::OfHost,
            },
            Found::Directory | Found::Unknown => Names::OfHost,
        })
    }
}
