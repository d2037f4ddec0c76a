//! Files and directories of the host that the service does not see.

use anyhow::Result;

use super::Seer;
use crate::inspect::{Command, Found};
use crate::unit::{ExecDirectories, all_binds};

/// Where programs of the host write and read, so that a path below it in an argument is most likely a file.
const HOST: [&str; 9] = [
    "/dev/", "/etc/", "/home/", "/opt/", "/proc/", "/run/", "/srv/", "/usr/", "/var/",
];

/// Above this, in bytes, a file is no configuration that somebody has written.
const MAX_TEXT: usize = 1 << 20;

impl Seer<'_> {
    /// Files of the host that a command line names.
    pub(super) fn host_files(&mut self, place: &str, command: &Command) -> Result<()> {
        for argument in &command.arguments {
            self.host_file(place, argument.rsplit('=').next().unwrap_or_default())?;
        }
        Ok(())
    }

    /// A word that is most likely a file of the host.
    pub(super) fn host_file(&mut self, who: &str, path: &str) -> Result<()> {
        let is_file = HOST.iter().any(|dir| path.starts_with(dir))
            && !path.contains(['%', '$', '*', ':', ',', ' ']);
        if !is_file || self.used.contains(path) || self.inside().look(path)? != Found::Missing {
            return Ok(());
        }
        let message = format!("{who} names {path}, which {}", self.why_missing(path));
        let remedies = self.file_remedies(path, false);
        self.say("host-file-named", true, path, message, remedies);
        Ok(())
    }

    /// Files of the closure that a command line names and that are text: what they name in the store is most likely needed.
    pub(super) fn configurations(&mut self, place: &str, command: &Command) -> Result<()> {
        for argument in &command.arguments {
            let path = argument.rsplit('=').next().unwrap_or_default();
            if self.inside().store_dir().owner(path).is_none() {
                continue;
            }
            let Found::File { file, .. } = self.inside().look(path)? else {
                continue;
            };
            // One that can't be read has been said to be so where it is run.
            let Some(document) = self.inside().open(&file).ok().flatten() else {
                continue;
            };
            let head = document.head(MAX_TEXT).unwrap_or_default();
            let is_text = document.size() <= MAX_TEXT as u64 && !head.contains(&0);
            if let (true, Ok(text)) = (is_text, String::from_utf8(head)) {
                self.store_paths(&format!("{place}: {path}"), &text);
            }
        }
        Ok(())
    }

    /// Where the commands begin. With a `-` they begin in / where it is missing.
    pub(super) fn working_directory(&mut self) -> Result<()> {
        let settings = &self.subject.service.settings;
        let Some(value) = settings.value("WorkingDirectory") else {
            return Ok(());
        };
        let (value, user) = (value.to_owned(), self.user());
        let path = match (value.as_str(), &user) {
            ("~", Some(user)) => return self.home(&user.clone()),
            ("~", None) => "/root".to_owned(),
            _ => value.replace("%%", "%"),
        };
        // With a `%` that is left, only the host knows it.
        if !path.starts_with('/') || value.replace("%%", "").contains('%') {
            return Ok(());
        }
        let reason = match self.inside().look(&path)? {
            Found::Missing => "which does not exist inside",
            Found::File { .. } => "which is a file",
            // systemd makes it for root alone.
            Found::Directory if path == "/root" && user.is_some() => "which only root can enter",
            Found::Directory | Found::Unknown => return Ok(()),
        };
        let is_uncertain = reason.ends_with("enter");
        let remedy = self.nixos(
            "to show it",
            "serviceConfig.BindPaths",
            &format!("[ {path:?} ]"),
        );
        self.say(
            "working-directory-missing",
            is_uncertain,
            &path,
            format!("the unit sets WorkingDirectory={value}, {reason}"),
            if is_uncertain { vec![] } else { vec![remedy] },
        );
        Ok(())
    }

    /// The user, unless it is root.
    fn user(&self) -> Option<String> {
        let user = self.settings.value("User")?.replace("%%", "%");
        (user != "root" && user != "0").then_some(user)
    }

    /// The home of a user, which only the host knows: something is shown that may be it, or nothing is.
    fn home(&mut self, user: &str) -> Result<()> {
        let is_like =
            |path: &str| path == "/" || path == "/home" || path.split('/').any(|part| part == user);
        let binds = all_binds(self.settings).map(|(_, bind)| bind.target);
        let made = ExecDirectories::ALL
            .iter()
            .flat_map(|kind| kind.of(self.settings));
        let made = made.flat_map(|made| [Some(made.path), made.link]).flatten();
        if self.subject.service.adopt || binds.chain(made).any(|path| is_like(&path)) {
            return Ok(());
        }
        let show = self.nixos(
            "to show it",
            "serviceConfig.BindPaths",
            &format!("[ config.users.users.{user:?}.home ]"),
        );
        let other = self.nixos(
            "to begin in / instead",
            "serviceConfig.WorkingDirectory",
            "lib.mkForce \"-~\"",
        );
        self.say(
            "working-directory-missing",
            true,
            "~",
            format!(
                "the unit sets WorkingDirectory=~, and nothing is shown inside that looks like the home of {user}"
            ),
            vec![show, other],
        );
        Ok(())
    }
}
