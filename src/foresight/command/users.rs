//! Users and groups that programs look up by name, where the root has no list of them.

use anyhow::Result;

use super::Step;
use crate::code::Code;
use crate::document::Kind;
use crate::foresight::known::{Name, Purpose, is_number};
use crate::foresight::trouble::Trouble;
use crate::root::Found;

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

impl Step<'_> {
    /// A name that is not known inside. `who`: who looks it up.
    pub(super) fn looked_up(&self, who: &str, name: &Name) -> Result<Option<Trouble>> {
        let around = &self.sight.around;
        let is_dynamic = around.has_dynamic_user() && !around.is_privileged;
        if matches!(name, Name::User(text) | Name::Group(text) if is_number(text)) {
            return Ok(None);
        }
        let names = self.names(name)?;
        let is_missing = match (&names, name) {
            (Names::None, _) => true,
            (Names::Listed(list), Name::User(name) | Name::Group(name)) => !list
                .lines()
                .any(|line| line.split(':').next() == Some(name)),
            // No list has it.
            (Names::OfHost | Names::Listed(_), Name::Own) => is_dynamic,
            (Names::OfHost | Names::Asked, _) | (Names::Listed(_), Name::Any) => false,
        };
        if !is_missing {
            return Ok(None);
        }
        let (subject, what) = match name {
            Name::Own if is_dynamic => ("DynamicUser", "the name of its dynamic user".to_owned()),
            Name::Own => ("User", "the name of its user".to_owned()),
            Name::Any => ("user", "a user by name".to_owned()),
            Name::User(name) => (name.as_str(), format!("the user {name}")),
            Name::Group(name) => (name.as_str(), format!("the group {name}")),
        };
        let message = format!("{who} looks up {what}, which the service's root does not list");
        // A list that the unit has itself stays.
        let remedies = match (&names, name) {
            (_, Name::Own) if is_dynamic => self.sight.preset_remedy("nscd"),
            (Names::Listed(_), _) => Vec::new(),
            _ => self.sight.preset_remedy("users"),
        };
        let trouble = Trouble::new(Code::UserUnknown, subject, message);
        Ok(Some(trouble.fixed_by(remedies)))
    }

    /// A user other than its own, who can't be had in a namespace: only root's id there, and the service's, mean anything.
    pub(super) fn other_user(&self, who: &str, name: &Name, purpose: Purpose) -> Option<Trouble> {
        let around = &self.sight.around;
        let what = match purpose {
            Purpose::Tell => return None,
            Purpose::Give => "changes the owner of a file to",
            Purpose::Become | Purpose::BecomeAnyway | Purpose::TryToBecome => "changes to",
        };
        let other = match name {
            Name::User(other) | Name::Group(other) => other,
            Name::Any if purpose == Purpose::Give => "another user",
            Name::Any | Name::Own => return None,
        };
        let is_own = around.settings.value("User") == Some(other);
        let is_tried = around.is_root() || purpose == Purpose::BecomeAnyway && !is_own;
        if other == "root" || !is_tried {
            return None;
        }
        let problem =
            format!("{what} {other}, which does not exist in the user namespace of PrivateUsers=");
        let trouble = self.not_in_namespace(who, other, &problem)?;
        Some(trouble.uncertain_if(purpose == Purpose::TryToBecome))
    }

    /// A user or a group other than its own, of whom only the running program knows.
    pub(super) fn becomes_another(&self, who: &str) -> Option<Trouble> {
        let problem = "changes to another user, and the user namespace of PrivateUsers= has none";
        let is_root = self.sight.around.is_root();
        is_root.then(|| self.not_in_namespace(who, "setuid", problem))?
    }

    /// Groups that can't be set in a namespace: systemd denies `setgroups(2)` there.
    pub(super) fn sets_groups(&self, who: &str) -> Option<Trouble> {
        let problem = "sets its groups, which the user namespace of PrivateUsers= does not allow";
        let is_root = self.sight.around.is_root();
        is_root.then(|| self.not_in_namespace(who, "setgroups", problem))?
    }

    /// A capability over the host, which nobody has in a namespace.
    pub(super) fn needs(&self, who: &str, capability: &str) -> Option<Trouble> {
        let around = &self.sight.around;
        let ambient = around.settings.list("AmbientCapabilities");
        let is_given = around.is_root() || ambient.iter().any(|value| value.contains(capability));
        let problem = format!(
            "needs {capability} over the host, which the user namespace of PrivateUsers= removes"
        );
        is_given.then(|| self.not_in_namespace(who, capability, &problem))?
    }

    /// What a command can't do in a user namespace, if it is in one.
    pub(super) fn not_in_namespace(
        &self,
        who: &str,
        subject: &str,
        problem: &str,
    ) -> Option<Trouble> {
        if !self.sight.around.has_private_users() {
            return None;
        }
        let trouble = Trouble::new(Code::PrivateUsers, subject, format!("{who} {problem}"));
        Some(trouble.fixed_by(self.sight.host_users_remedy()))
    }

    /// PAM, which has no configuration inside. The modules that the host's names are not in the closure, so that nothing fixes it.
    pub(super) fn asks_pam(&self, who: &str) -> Result<Option<Trouble>> {
        let configuration = "/etc/pam.d";
        if self.sight.inside.look(configuration)? != Found::Missing {
            return Ok(None);
        }
        let message = format!(
            "{who} asks PAM, whose configuration {configuration} is not in the service's root (setpriv changes users without it)"
        );
        Ok(Some(Trouble::new(
            Code::FileMissing,
            configuration,
            message,
        )))
    }

    /// The home of its user, where systemd sets no `HOME` because it knows of none, and the root has no list of users.
    pub(super) fn needs_home(&self, who: &str) -> Result<Option<Trouble>> {
        let around = &self.sight.around;
        let is_set = around.environment.iter().any(|(name, _)| name == "HOME");
        let has_home = !around.is_root() && !around.has_dynamic_user();
        let is_listed =
            !around.has_dynamic_user() && !matches!(self.names(&Name::Own)?, Names::None);
        if has_home && !is_set {
            return self.of_host_home(who);
        }
        if is_set || is_listed {
            return Ok(None);
        }
        let message = format!(
            "{who} needs the home of its user, and neither HOME nor a list of users has it"
        );
        let trouble = Trouble::new(Code::UserUnknown, "HOME", message);
        Ok(Some(trouble.fixed_by(self.sight.home_remedy())))
    }

    /// The home of a user whom the host knows, if nothing is shown that may be it.
    fn of_host_home(&self, who: &str) -> Result<Option<Trouble>> {
        let Some((user, home)) = self.sight.missing_home()? else {
            return Ok(None);
        };
        let message = format!(
            "{who} needs the home of {user}, which the service's root lacks if it is {home}"
        );
        let trouble = Trouble::new(Code::FileMissing, home, message).uncertain_if(true);
        Ok(Some(trouble.fixed_by(self.sight.home_remedy())))
    }

    fn names(&self, name: &Name) -> Result<Names> {
        let inside = self.sight.inside;
        // The C library asks here first, if it is there.
        if inside.look("/var/run/nscd/socket")? != Found::Missing {
            return Ok(Names::Asked);
        }
        let file = if matches!(name, Name::Group(_)) {
            "/etc/group"
        } else {
            "/etc/passwd"
        };
        Ok(match inside.look(file)? {
            Found::Missing => Names::None,
            Found::File { file, .. } => match inside.read(&file, Kind::Accounts) {
                Ok(Some(list)) => Names::Listed(String::from_utf8_lossy(&list).into_owned()),
                // Nothing is known of a list that can't be read, as of the host's.
                Ok(None) | Err(_) => Names::OfHost,
            },
            Found::Directory | Found::Unknown => Names::OfHost,
        })
    }
}
