//! What lets a service see a file of the host, or make one.

use super::written::written_in;
use crate::change::{Change, Expression, Value};
use crate::confine::{PRESETS, PresetBind};
use crate::finding::Remedy;
use crate::foresight::known::Use;
use crate::foresight::sight::{Sight, is_of_kernel};
use crate::root::{Devices, MountKind};
use crate::store::below;
use crate::systemd::{Setting, path_word, raw_words};

/// Links of the host in /var, which a root of its own lacks: where they are and lead to.
const LINKS: [(&str, &str); 2] = [("/var/run", "/run"), ("/var/lock", "/run/lock")];

/// Directories of programs of the host, of which NixOS has hardly any.
const PROGRAMS: [&str; 6] = [
    "/bin",
    "/sbin",
    "/usr/bin",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/sbin",
];

/// Directories in which what a service makes is not kept.
pub(super) const TEMPORARY: [&str; 7] = [
    "/etc",
    "/root",
    "/run",
    "/run/lock",
    "/usr",
    "/var/lock",
    "/var/run",
];

impl Sight<'_> {
    /// What shows a path, or lets it be made. A program is shown as a package has it: that of the host needs libraries of the host.
    pub(in crate::foresight) fn file_remedies(&self, path: &str, how: Use) -> Vec<Remedy> {
        let is_program = matches!(how, Use::Names | Use::Reads)
            && path.rsplit_once('/').is_some_and(|(dir, name)| {
                PROGRAMS.contains(&dir) && !name.contains(['*', '?', '['])
            });
        if is_program
            && let Ok(remedies) = self.shown_at(path)
            && !remedies.is_empty()
        {
            return remedies;
        }
        self.of_host_remedies(path, how)
    }

    /// What shows a path as the host has it, or lets it be made.
    pub(in crate::foresight) fn of_host_remedies(&self, path: &str, how: Use) -> Vec<Remedy> {
        // A pattern needs all of its directory.
        let pattern = path.find(['*', '?', '[']);
        let pattern = pattern.and_then(|at| path[..at].rsplit_once('/'));
        let path = pattern.map_or(path, |(dir, _)| dir);
        let dir = self.inside.store_dir();
        if let Some(owner) = dir.owner(path) {
            if self.inside.has(owner.base()) {
                return Vec::new();
            }
            return self.take_in(owner.as_str());
        }
        if is_of_kernel(path) {
            return self.kernel_remedy(path);
        }
        // Of such names a file is made.
        let is_mark = [".pid", ".lock"].iter().any(|end| path.ends_with(end));
        let how = if how == Use::Names && is_mark {
            Use::Makes
        } else {
            how
        };
        let is_made = !matches!(how, Use::Names | Use::Reads);
        let is_temporary = path.starts_with("/tmp/") || path.starts_with("/var/tmp/");
        if is_made && is_temporary {
            // That is none for a command with '+'.
            if self.around.is_privileged {
                return Vec::new();
            }
            let on = self.confined.switch(Setting::PrivateTmp, true);
            return self.fix("to have one", "PrivateTmp", &[on]);
        }
        if is_made && self.is_beside_root(path) {
            return self.workplace();
        }
        if let Some(preset) = preset(path, is_made).filter(|preset| !self.has_preset(preset)) {
            return self.preset_remedy(preset);
        }
        let host = of_host(path);
        if let Some(remedies) = self.own_directory(&host, path, how) {
            return remedies;
        }
        if !is_made && let Some(dir) = written_in(path, how) {
            // Whether a file is there that can be bound, is not known.
            return self.bound(Setting::BindPaths, "", &of_host(dir), dir);
        }
        match how {
            Use::Reads => self.bound(Setting::BindReadOnlyPaths, "", &host, path),
            // It may be there only later, or never.
            Use::Names => self.bound(Setting::BindReadOnlyPaths, "-", &host, path),
            _ => self.writable(path, how),
        }
    }

    /// Whether the service has all that a preset shows.
    fn has_preset(&self, name: &str) -> bool {
        let mounts = &self.inside.root().mounts;
        let mut presets = PRESETS.iter().filter(|preset| preset.name == name);
        presets.all(|preset| {
            let is_mounted =
                |bind: PresetBind| mounts.iter().any(|mount| mount.target == bind.target);
            preset.shows().all(is_mounted)
        })
    }

    /// What binds a path of the host. `prefix`: `-` where the host may lack it.
    pub(in crate::foresight) fn bound(
        &self,
        setting: Setting,
        prefix: &str,
        host: &str,
        path: &str,
    ) -> Vec<Remedy> {
        let (Ok(source), Ok(target)) = (path_word(host), path_word(path)) else {
            return Vec::new();
        };
        let word = if source == target {
            format!("{prefix}{source}")
        } else {
            format!("{prefix}{source}:{target}")
        };
        let mut changes = vec![Change::Add(setting, vec![word.into()])];
        // Confinement hides /tmp where the service has none of its own, and with it what is bound there.
        let is_temporary = ["/tmp", "/var/tmp"].map(|dir| below(path, dir).is_some());
        if is_temporary.contains(&true) && self.inside.root().hides(path) {
            changes.push(self.confined.switch(Setting::PrivateTmp, true));
        }
        self.fix("to show it", path, &changes)
    }

    /// What makes the directory writable in which a path is made.
    fn writable(&self, path: &str, how: Use) -> Vec<Remedy> {
        if let Some(remedies) = self.unsealed(path) {
            return remedies;
        }
        let above = match path.rsplit_once('/') {
            Some((above, _)) if !above.is_empty() => above,
            _ => return Vec::new(),
        };
        let mut dir = above;
        if how == Use::MakesDirectory(true) {
            // Of those that lead there, the host may have the first alone.
            let end = path[1..].find('/').map_or(path.len(), |slash| slash + 1);
            dir = &path[..end];
        }
        let is_shared = TEMPORARY.contains(&dir);
        // All of such a directory is too much to show for one file of it.
        if is_shared && how == Use::Replaces {
            return Vec::new();
        }
        if is_shared {
            let mounted = Change::Add(Setting::TemporaryFileSystem, vec![dir.into()]);
            if how != Use::MakesForHost {
                return self.fix("to use one that is not kept", dir, &[mounted]);
            }
            // The host does not see it: systemd finds the process by itself (`GuessMainPID=`).
            let unset = self.confined.set(Setting::PIDFile, Value::Text("".into()));
            let what = "to use one that systemd does not wait for";
            return self.fix(what, dir, &[mounted, unset]);
        }
        self.bound(Setting::BindPaths, "", &of_host(dir), dir)
    }

    /// What makes the mount over a path writable that an entry of the unit makes read-only; `None` if no entry does.
    fn unsealed(&self, path: &str) -> Option<Vec<Remedy>> {
        let name = Setting::TemporaryFileSystem;
        let (nearest, _) = self.inside.nearest(path)?;
        let (root, place) = (self.inside.root(), &nearest.mount.target);
        if !nearest.read_only {
            return None;
        }
        if let Some((setting @ Setting::ReadOnlyPaths, word)) = root.sealed_by(place) {
            return Some(self.confined.without(setting, word).into_iter().collect());
        }
        let mounts = root.mounts.iter().filter(|mount| {
            let is_empty = matches!(mount.kind, MountKind::Empty { .. });
            is_empty && mount.read_only && mount.target == *place
        });
        let sealing: Vec<_> = mounts.filter_map(|mount| mount.word.as_deref()).collect();
        if sealing.is_empty() {
            return None;
        }
        let values = self.confined.service.settings.list(&name).iter();
        let words = values.flat_map(|value| raw_words(value));
        let written = words.map(|word| {
            let is_sealing = sealing.contains(&word.as_str());
            let Some((place, options)) = word.split_once(':').filter(|_| is_sealing) else {
                return word.as_str().into();
            };
            let kept: Vec<_> = options
                .split(',')
                .filter(|option| *option != "ro")
                .collect();
            let colon = if kept.is_empty() { "" } else { ":" };
            Expression::from(format!("{place}{colon}{}", kept.join(",")))
        });
        let change = Change::Replace(name, written.collect());
        Some(self.fix("to make it writable", path, &[change]))
    }

    /// What shows what a preset brings.
    pub(in crate::foresight) fn preset_remedy(&self, preset: &'static str) -> Vec<Remedy> {
        self.fix("to show it", preset, &[Change::Presets(vec![preset])])
    }

    fn kernel_remedy(&self, path: &str) -> Vec<Remedy> {
        if self.around.is_privileged {
            return Vec::new();
        }
        let mounted = || self.confined.switch(Setting::MountAPIVFS, true);
        let mounted = (!self.inside.root().has_api_file_systems()).then(mounted);
        let has_few = |kind: &MountKind| *kind == MountKind::Devices(Devices::Few);
        let nearest = self.inside.nearest(path);
        if nearest.is_some_and(|(nearest, _)| has_few(&nearest.mount.kind)) {
            let off = self.confined.switch(Setting::PrivateDevices, false);
            let changes: Vec<_> = [off].into_iter().chain(mounted).collect();
            return self.fix("to show all devices", "PrivateDevices", &changes);
        }
        mounted.map_or_else(Vec::new, |on| self.fix("to have it", "MountAPIVFS", &[on]))
    }
}

/// A path without the links that the host has in it.
pub(super) fn of_host(path: &str) -> String {
    let link = LINKS
        .iter()
        .find_map(|(link, target)| Some((below(path, link)?, target)));
    link.map_or(path.to_owned(), |(rest, target)| format!("{target}{rest}"))
}

/// The preset that brings a path, or something below it; of several the one that opens the least. `is_made`: the path is written to.
pub(super) fn preset(path: &str, is_made: bool) -> Option<&'static str> {
    let path = path.trim_end_matches('/');
    let find = |fits: &dyn Fn(&str) -> bool| {
        let brings = |words: &[&str]| {
            words
                .iter()
                .any(|word| fits(word.rsplit(':').next().unwrap_or(word)))
        };
        let fitting = PRESETS
            .iter()
            .filter(|preset| brings(preset.binds) && !is_made || brings(preset.writable));
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
    fn paths_lose_the_links_of_the_host() {
        assert_eq!(of_host("/var/run/x"), "/run/x");
        assert_eq!(of_host("/var/lockx"), "/var/lockx");
    }

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
            assert_eq!(preset(path, false), name, "{path}");
        }
    }
}
