//! Directories that systemd makes for a service.

use super::shown::of_host;
use crate::change::{Change, Value};
use crate::finding::Remedy;
use crate::foresight::known::Use;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::Trouble;
use crate::inspect::commands;
use crate::root::MountKind;
use crate::systemd::{ExecDirectories, Setting};

/// Directories that systems have in their root.
const TOP: [&str; 18] = [
    "bin", "boot", "dev", "etc", "home", "lib", "lib64", "media", "mnt", "nix", "opt", "proc",
    "root", "run", "sbin", "srv", "usr", "var",
];

/// Directories that are of all services.
const SHARED: [&str; 3] = ["lock", "systemd", "user"];

impl Sight<'_> {
    /// A directory that systemd makes for the service and shows with what it holds, if the path is in one that is its own.
    pub(in crate::foresight) fn own_directory(
        &self,
        host: &str,
        path: &str,
        how: Use,
    ) -> Option<Vec<Remedy>> {
        let (kind, name, is_private) = ExecDirectories::ALL.iter().find_map(|kind| {
            let rest = host.strip_prefix(kind.parent())?.strip_prefix('/')?;
            let may_be_private = !matches!(
                kind,
                ExecDirectories::Runtime | ExecDirectories::Configuration
            );
            let private = rest
                .strip_prefix("private/")
                .filter(|_| may_be_private && self.around.has_dynamic_user());
            let name = directory_for(private.unwrap_or(rest), how)?;
            Some((kind, name, private.is_some()))
        })?;
        let first = name.split('/').next()?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.+".contains(c);
        let is_fit = first != "private"
            && !SHARED.contains(&first)
            && name
                .split('/')
                .all(|part| part.chars().all(is_plain) && !part.trim_matches('.').is_empty());
        let is_found = matches!(how, Use::Names | Use::Reads | Use::Replaces);
        // What others may have made stays theirs. The configuration is most often the host's.
        if !is_fit
            || is_found && (*kind == ExecDirectories::Configuration || !self.is_called(first))
        {
            return None;
        }
        let mut changes = vec![Change::Add(kind.setting(), vec![name.as_str().into()])];
        if is_private {
            // In a root it is at its usual place alone.
            let made = format!("{}/private/{name}", kind.parent());
            changes.push(Change::Add(Setting::BindPaths, vec![made.into()]));
        }
        if host != path {
            let made = format!("{}/{name}", kind.parent());
            let seen = path.strip_suffix(host.strip_prefix(&made)?)?;
            changes.push(Change::Add(
                Setting::BindPaths,
                vec![format!("{made}:{seen}").into()],
            ));
        }
        Some(self.fix("to create a directory for it", path, &changes))
    }

    /// Shows the directory of a file that is made as the host has it, if systemd would make one: that is root's, and a program that
    /// changes to another user can't write there. Without confinement, it finds a directory that its user can write to.
    pub(in crate::foresight) fn fix_for_another(&self, trouble: &mut Trouble) {
        let made = trouble.made.as_deref();
        let Some((path, (dir, _))) = made.and_then(|path| Some((path, path.rsplit_once('/')?)))
        else {
            return;
        };
        let host = of_host(path);
        if self.own_directory(&host, path, Use::Makes).is_some() {
            trouble.remedies = self.bound(Setting::BindPaths, "", &of_host(dir), dir);
        }
    }

    /// Whether a program makes this where it starts, in a root directory that nothing has told it to use.
    pub(super) fn is_beside_root(&self, path: &str) -> bool {
        let first = path[1..].split('/').next().unwrap_or_default();
        let is_used = TOP.contains(&first) || first.is_empty();
        let directory = self.around.settings.value("WorkingDirectory");
        !is_used && directory.is_none_or(|directory| directory == "/")
    }

    /// A directory to start in, in which the service can write.
    pub(super) fn workplace(&self) -> Vec<Remedy> {
        let (place, made) = self.state();
        let start = Value::Text(place.replace('%', "%%").into());
        let start = self.confined.set(Setting::WorkingDirectory, start);
        let changes: Vec<_> = [start].into_iter().chain(made).collect();
        self.fix(
            "to start in a directory of its own",
            "WorkingDirectory",
            &changes,
        )
    }

    /// A home in which the service can keep what it writes.
    pub(in crate::foresight) fn home_remedy(&self) -> Vec<Remedy> {
        let (home, made) = self.state();
        let home = Change::Variable("HOME", home.replace('%', "%%").into());
        let changes: Vec<_> = [home].into_iter().chain(made).collect();
        self.fix("to give it a home", "HOME", &changes)
    }

    /// The first state directory of the service, with the change that makes one if it has none.
    fn state(&self) -> (String, Option<Change>) {
        let mut mounts = self.inside.root().mounts.iter();
        let own = MountKind::Directory(ExecDirectories::State);
        if let Some(first) = mounts.find(|mount| mount.kind == own) {
            (first.target.to_string(), None)
        } else {
            let stem = self.confined.name.stem();
            let name = stem.split('@').next().unwrap_or(stem);
            let made = Change::Add(Setting::StateDirectory, vec![name.into()]);
            (format!("/var/lib/{name}"), Some(made))
        }
    }

    /// Whether a directory of this name is most likely the service's own.
    fn is_called(&self, name: &str) -> bool {
        let stem = self.confined.name.stem();
        let stem = stem.split('@').next().unwrap_or(stem);
        let programs = self.confined.service.exec.list("ExecStart").iter();
        let mut programs = programs
            .flat_map(|line| commands(line))
            .filter_map(|command| Some(command.program.rsplit('/').next()?.to_owned()));
        name == stem
            || stem
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('-'))
            || name
                .strip_prefix(stem)
                .is_some_and(|rest| rest.starts_with('-'))
            || programs.any(|program| program == name || program.strip_suffix('d') == Some(name))
    }
}

/// Which directory systemd is to make for a path, by its rest behind the parent of such directories; `None` if none is enough.
fn directory_for(rest: &str, how: Use) -> Option<String> {
    let (first, deeper) = match rest.split_once('/') {
        Some((first, _)) => (first, true),
        None => (rest, false),
    };
    let above = || rest.rsplit_once('/').map(|(above, _)| above.to_owned());
    match how {
        Use::Makes | Use::MakesForHost | Use::MakesDirectory(false) | Use::Replaces => above(),
        Use::MakesDirectory(true) => Some(first.to_owned()),
        // A name with a dot is most likely that of a file.
        Use::Names | Use::Reads => (deeper || !rest.contains('.')).then(|| first.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_are_those_that_are_needed() {
        let is = |name: &str| Some(name.to_owned());
        assert_eq!(directory_for("web/a/b", Use::Makes), is("web/a"));
        assert_eq!(directory_for("web.log", Use::Makes), None);
        assert_eq!(directory_for("web", Use::MakesDirectory(false)), None);
        assert_eq!(directory_for("web/a", Use::MakesDirectory(true)), is("web"));
        assert_eq!(directory_for("web.sock", Use::Names), None);
        assert_eq!(directory_for("web", Use::Names), is("web"));
    }
}
