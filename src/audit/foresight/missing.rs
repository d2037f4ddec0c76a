//! Files that are read or made and are not inside, and the line that brings each.

use anyhow::Result;

use super::Seer;
use super::effects::{Effect, effects};
use crate::audit::Remedy;
use crate::inspect::{Found, Opened};
use crate::service::Mode;
use crate::store::below;
use crate::unit::{ExecDirectories, PRESETS};

/// The directories of systemd's making to which a service may write.
const WRITABLE: [ExecDirectories; 4] = [
    ExecDirectories::Runtime,
    ExecDirectories::State,
    ExecDirectories::Cache,
    ExecDirectories::Logs,
];

impl Seer<'_> {
    /// What a command does to files. `what`: the script that calls it, in front of a verb.
    pub(super) fn uses(
        &mut self,
        who: &str,
        name: &str,
        arguments: &[Option<String>],
        is_uncertain: bool,
    ) -> Result<()> {
        self.used.clear();
        for effect in effects(name, arguments) {
            let path = match effect {
                Effect::Names(path) => path,
                Effect::Reads(path) => {
                    self.reads(who, &path, is_uncertain)?;
                    path
                }
                Effect::Makes { path, parents } => {
                    self.makes(who, &path, parents, is_uncertain)?;
                    path
                }
            };
            self.used.insert(path);
        }
        Ok(())
    }

    /// A file that a script opens by a redirection.
    pub(super) fn opens(&mut self, who: &str, opened: &Opened, is_uncertain: bool) -> Result<()> {
        let is_uncertain = is_uncertain || !opened.is_certain;
        if opened.is_made {
            self.makes(who, &opened.path, false, is_uncertain)
        } else {
            self.reads(who, &opened.path, is_uncertain)
        }
    }

    fn reads(&mut self, who: &str, path: &str, is_uncertain: bool) -> Result<()> {
        if self.inside().look(path)? != Found::Missing || self.inside().is_fresh(path) {
            return Ok(());
        }
        let message = format!("{who} reads {path}, which {}", self.why_missing(path));
        let remedies = self.file_remedies(path, false);
        self.say("file-missing", is_uncertain, path, message, remedies);
        Ok(())
    }

    fn makes(&mut self, who: &str, path: &str, parents: bool, is_uncertain: bool) -> Result<()> {
        let is_there = !matches!(self.inside().look(path)?, Found::Missing);
        if is_there || self.inside().can_be_made(path, parents)? != Some(false) {
            return Ok(());
        }
        let message = format!("{who} makes {path}, where nothing can be written");
        let remedies = self.file_remedies(path, true);
        self.say("file-missing", is_uncertain, path, message, remedies);
        Ok(())
    }

    /// Why a path is not there, after "which".
    pub(super) fn why_missing(&self, path: &str) -> &'static str {
        let dir = self.inside().store_dir();
        match dir.owner(path) {
            Some(owner) if self.inside().has(owner.base()) => "does not exist",
            Some(_) => "the service does not see",
            None if is_of_kernel(path) && self.is_privileged => {
                "a command with '+' does not have: systemd mounts nothing for it"
            }
            None => "is not inside",
        }
    }

    /// What shows a path.
    pub(super) fn file_remedies(&self, path: &str, is_made: bool) -> Vec<Remedy> {
        let path = path
            .strip_prefix("/var/run/")
            .map_or(path.to_owned(), |rest| format!("/run/{rest}"));
        if let Some(owner) = self.inside().store_dir().owner(&path) {
            if self.inside().has(owner.base()) {
                return Vec::new();
            }
            return vec![self.take_in(owner.as_str())];
        }
        if is_of_kernel(&path) {
            return self.kernel_remedy(&path);
        }
        if path.starts_with("/tmp/") || path.starts_with("/var/tmp/") {
            return vec![self.nixos("to have one", "serviceConfig.PrivateTmp", "true")];
        }
        if let Some(preset) = preset(&path) {
            return vec![self.preset_remedy(preset)];
        }
        if !is_made {
            let shown = format!("[ {path:?} ]");
            return vec![self.nixos("to show it", "serviceConfig.BindReadOnlyPaths", &shown)];
        }
        let own = WRITABLE.iter().find_map(|kind| {
            let rest = path.strip_prefix(kind.parent())?.strip_prefix('/')?;
            let setting = format!("serviceConfig.{}", kind.setting());
            Some(if let Some((name, _)) = rest.split_once('/') {
                self.nixos("to have it", &setting, &format!("{name:?}"))
            } else {
                // It may be a file, which systemd does not make.
                let name = format!("{:?}", self.subject.name.stem());
                self.nixos("to have a directory for it", &setting, &name)
            })
        });
        let dir = match path.rsplit_once('/') {
            Some((dir, _)) if !dir.is_empty() => dir,
            _ => &path,
        };
        let shown = || {
            self.nixos(
                "to show it",
                "serviceConfig.BindPaths",
                &format!("[ {dir:?} ]"),
            )
        };
        vec![own.unwrap_or_else(shown)]
    }

    /// The preset of this name.
    pub(super) fn preset_remedy(&self, preset: &str) -> Remedy {
        self.nixos(
            "to show it",
            "confinement.presets",
            &format!("[ {preset:?} ]"),
        )
    }

    fn kernel_remedy(&self, path: &str) -> Vec<Remedy> {
        if self.is_privileged {
            return Vec::new();
        }
        let is_device = path.starts_with("/dev/")
            && self.settings.boolean("PrivateDevices").ok() == Some(Some(true));
        if is_device {
            return vec![self.nixos(
                "to see all devices",
                "serviceConfig.PrivateDevices",
                "false",
            )];
        }
        if self.subject.service.mode == Mode::ChrootOnly {
            return vec![self.nixos("to have it", "serviceConfig.MountAPIVFS", "true")];
        }
        Vec::new()
    }
}

/// Whether a path is in a file system of the kernel.
fn is_of_kernel(path: &str) -> bool {
    ["/dev", "/proc", "/sys"]
        .iter()
        .any(|dir| below(path, dir).is_some())
}

/// The preset that brings a path, or something below it; of several the one that opens the least.
pub(super) fn preset(path: &str) -> Option<&'static str> {
    let path = path.trim_end_matches('/');
    let find = |fits: &dyn Fn(&str) -> bool| {
        let brings = |words: &[&str]| {
            words
                .iter()
                .any(|word| fits(word.rsplit(':').next().unwrap_or(word)))
        };
        let fitting = PRESETS
            .iter()
            .filter(|preset| brings(preset.binds) || brings(preset.writable));
        let narrowest = fitting.min_by_key(|preset| preset.binds.len());
        narrowest.map(|preset| preset.name)
    };
    find(&|target| below(path, target).is_some()).or_else(|| {
        // A directory of /etc or /run, and no more than that.
        let is_deep = path.matches('/').count() >= 2;
        find(&|target| is_deep && below(target, path).is_some())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_bring_what_is_below_and_above_their_files() {
        for (path, name) in [
            ("/etc/resolv.conf", Some("dns")),
            ("/etc/ssl/certs", Some("tls")),
            ("/etc/ssl/certs/ca-certificates.crt", Some("tls")),
            ("/usr/share/zoneinfo/Europe/Berlin", Some("time")),
            ("/run/dbus", Some("dbus")),
            ("/run/postgresql/.s.PGSQL.5432", Some("postgresql")),
            ("/etc/passwd", Some("users")),
            ("/etc/aliases", Some("sendmail")),
            ("/var/spool/postfix/maildrop", Some("sendmail")),
            ("/etc", None),
            ("/etc/passwd-", None),
            ("/srv", None),
        ] {
            assert_eq!(preset(path), name, "{path}");
        }
    }
}
