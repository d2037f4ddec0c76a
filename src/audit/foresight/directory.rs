//! The directory that commands start in.

use anyhow::Result;

use super::Seer;
use super::missing::Use;
use crate::audit::Remedy;
use crate::change::Value;
use crate::inspect::Found;
use crate::unit::all_binds;

/// Where homes are not, so that what is bound there is none.
const NO_HOMES: [&str; 8] = [
    "/dev/", "/etc/", "/nix/", "/proc/", "/run/", "/sys/", "/tmp/", "/usr/",
];

impl Seer<'_> {
    /// A working directory that is not inside: the service ends with 200/CHDIR.
    pub(super) fn working_directory(&mut self) -> Result<()> {
        let Some(value) = self.subject.service.settings.value("WorkingDirectory") else {
            return Ok(());
        };
        let value = value.to_owned();
        if matches!(value.as_str(), "~" | "%h") {
            return self.home(&value);
        }
        if !value.starts_with('/') || value.contains('%') {
            return Ok(());
        }
        let (reason, is_missing) = match self.inside().look(&value)? {
            Found::Missing => ("which does not exist inside", true),
            Found::File { .. } => ("which is a file", false),
            Found::Directory | Found::Unknown => return Ok(()),
        };
        let remedies = if is_missing {
            self.directory_remedies(&value)
        } else {
            Vec::new()
        };
        self.say(
            "working-directory-missing",
            false,
            &value,
            format!("the unit sets WorkingDirectory={value}, {reason}"),
            remedies,
        );
        Ok(())
    }

    /// What shows a directory that the service works in.
    fn directory_remedies(&self, path: &str) -> Vec<Remedy> {
        let is_made = self.inside().store_dir().owner(path).is_none();
        // What of these directories is the service's own, systemd makes; all else is the host's.
        let own = self.own_directory(path, path, Use::Reads);
        own.filter(|_| is_made)
            .unwrap_or_else(|| self.bound("BindPaths", "", path, path))
    }

    /// The home of its user, which only the host knows for sure.
    fn home(&mut self, value: &str) -> Result<()> {
        let user = self.settings.value("User").unwrap_or_default().to_owned();
        if self.is_root() || self.has_dynamic_user() || user.contains('%') {
            return Ok(());
        }
        let optional = self
            .subject
            .set("WorkingDirectory", Value::Text(format!("-{value}").into()));
        let without = self.fix("to start without it", value, &[optional]);
        if value == "%h" {
            let message = "the unit sets WorkingDirectory=%h, which is /root for every service of the system, whoever its user is, and is most likely closed to others".to_owned();
            self.say("working-directory-missing", true, value, message, without);
            return Ok(());
        }
        let home = host_home(&user).unwrap_or_else(|| format!("/home/{user}"));
        // One that is bound may be it.
        let mut binds = all_binds(&self.subject.service.settings);
        let may_be_bound =
            binds.any(|(_, bind)| !NO_HOMES.iter().any(|dir| bind.target.starts_with(dir)));
        if may_be_bound || self.inside().look(&home)? != Found::Missing {
            return Ok(());
        }
        let mut remedies = self.bound("BindPaths", "", &home, &home);
        remedies.extend(without);
        let message = format!(
            "the unit sets WorkingDirectory={value}, the home of {user}, which is not inside if it is {home}"
        );
        self.say("working-directory-missing", true, value, message, remedies);
        Ok(())
    }
}

/// The home that this machine has for a user.
fn host_home(user: &str) -> Option<String> {
    let list = std::fs::read_to_string("/etc/passwd").ok()?;
    let mut fields = list.lines().map(|line| line.split(':'));
    let mut fields = fields.find(|fields| fields.clone().next() == Some(user))?;
    fields.nth(5).map(str::to_owned)
}
