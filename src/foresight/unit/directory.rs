//! The directory that commands start in.

use anyhow::Result;

use crate::change::{Change, Value};
use crate::code::Code;
use crate::finding::Remedy;
use crate::foresight::known::Use;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::root::{Found, MountKind};
use crate::systemd::{Setting, path_word};

/// Where homes are not, so that what is bound there is none.
const NO_HOMES: [&str; 8] = [
    "/dev/", "/etc/", "/nix/", "/proc/", "/run/", "/sys/", "/tmp/", "/usr/",
];

impl Sight<'_> {
    /// A working directory that is not inside: the service ends with 200/CHDIR. With a `-` it starts in / where that is missing.
    pub(super) fn working_directory(&self) -> Result<Option<Trouble>> {
        let Some(value) = self.confined.service.settings.value("WorkingDirectory") else {
            return Ok(None);
        };
        let value = value.to_owned();
        let Some(path) = self.around.directory else {
            return if value == "~" { self.home() } else { Ok(None) };
        };
        let found = self.inside.look(path)?;
        let reason = match found {
            Found::Missing => "which does not exist in the service's root",
            Found::File { .. } => "which is a file",
            // systemd makes it for root alone.
            Found::Directory if path == "/root" && !self.around.is_root() => {
                "which only root can enter"
            }
            Found::Directory | Found::Unknown => return Ok(None),
        };
        let remedies = match found {
            Found::Missing => self.directory_remedies(path),
            Found::Directory => self.optional_directory(&value),
            _ => Vec::new(),
        };
        Ok(Some(
            Trouble::new(
                Code::WorkingDirectoryMissing,
                path,
                format!("the unit sets WorkingDirectory={value}, {reason}"),
            )
            .uncertain_if(found == Found::Directory)
            .fixed_by(remedies),
        ))
    }

    /// What shows a directory that the service works in.
    fn directory_remedies(&self, path: &str) -> Vec<Remedy> {
        let is_made = self.inside.store_dir().owner(path).is_none();
        // What of these directories is the service's own, systemd makes; all else is the host's.
        let own = self.own_directory(path, path, Use::Reads);
        own.filter(|_| is_made)
            .unwrap_or_else(|| self.bound(Setting::BindPaths, "", path, path))
    }

    fn optional_directory(&self, value: &str) -> Vec<Remedy> {
        let what = "to start in / if it can't be entered";
        self.fix(what, value, &[self.optional_change(value)])
    }

    fn optional_change(&self, value: &str) -> Change {
        let optional = Value::Text(format!("-{value}").into());
        self.confined.set(Setting::WorkingDirectory, optional)
    }

    /// The home of its user, which only the host knows: something is shown that may be it, or nothing is.
    fn home(&self) -> Result<Option<Trouble>> {
        let Some((user, home)) = self.missing_home()? else {
            return Ok(None);
        };
        // The host may have it elsewhere.
        let mut changes = vec![self.optional_change("~")];
        if let Ok(word) = path_word(&home) {
            let word = format!("-{word}");
            changes.push(Change::Add(Setting::BindPaths, vec![word.into()]));
        }
        let what = "to start in / if it is elsewhere";
        let remedies = self.fix(what, &home, &changes);
        let message = format!(
            "the unit sets WorkingDirectory=~, the home of {user}, which the service's root lacks if it is {home}"
        );
        Ok(Some(
            Trouble::new(Code::WorkingDirectoryMissing, "~", message)
                .uncertain_if(true)
                .fixed_by(remedies),
        ))
    }

    /// The user and its most likely home, if nothing is shown that may be that.
    pub(in crate::foresight) fn missing_home(&self) -> Result<Option<(String, String)>> {
        let user = self
            .around
            .settings
            .value("User")
            .unwrap_or_default()
            .to_owned();
        if self.around.has_dynamic_user() || user.contains('%') {
            return Ok(None);
        }
        let home = format!("/home/{user}");
        let mut mounts = self.inside.root().settled(false).into_iter();
        let may_be_shown = mounts.any(|settled| {
            let place = &settled.mount.target;
            match settled.mount.kind {
                MountKind::Bind { .. } => !NO_HOMES.iter().any(|dir| place.starts_with(dir)),
                MountKind::Directory(_) | MountKind::Link { .. } | MountKind::Empty { .. } => {
                    place.split('/').any(|part| part == user)
                }
                _ => false,
            }
        });
        if may_be_shown || self.inside.look(&home)? != Found::Missing {
            return Ok(None);
        }
        Ok(Some((user, home)))
    }
}
