//! Packages that have what is missing, and the ways in which a service gets to see it.

use anyhow::Result;

use super::providers::providers;
use crate::change::{Change, Expression, Package};
use crate::finding::Remedy;
use crate::foresight::sight::Sight;
use crate::inspect::commands;
use crate::root::Found;
use crate::service::ExecSetting;
use crate::store::{self, Entry, Resolved, StorePath, mentions, resolve};
use crate::systemd::{Setting, path_word};

impl Sight<'_> {
    /// The package that has this command: one of the closure, else one that nixpkgs is known to have, with a store path of it that the
    /// bundle has; `None` if none is known. One of nixpkgs is told by its name there, which stays right with the next version.
    pub(super) fn package_with(&self, command: &str) -> Result<Option<Package>> {
        let attributes: Vec<_> = providers(command).collect();
        let named = |path: &StorePath| {
            let name = store::Package::parse(path.name()).name;
            let attribute = attributes.iter().find(|attribute| **attribute == name);
            attribute.map(|attribute| (*attribute).to_owned())
        };
        let closure: Vec<_> = self.confined.closure().paths.iter().collect();
        // What is of nixpkgs under its own name goes before a collection of links.
        let known = closure.iter().filter(|path| named(path).is_some());
        let other = closure.iter().filter(|path| named(path).is_none());
        for path in known.chain(other) {
            if self.has_command(path, command)? {
                let usual = attributes.first().map(|usual| (*usual).to_owned());
                return Ok(Some(Package {
                    attribute: named(path).or(usual),
                    path: Some(path.to_string()),
                }));
            }
        }
        let mut path = None;
        let mut lacking = Vec::new();
        for other in self.confined.bundle.paths.keys() {
            let Some(attribute) = named(other) else {
                continue;
            };
            if self.has_command(other, command)? {
                path = Some(other);
                break;
            }
            // Of an output without commands, another one may have it.
            if self
                .files
                .list(&format!("{other}/bin"))?
                .is_some_and(|names| !names.is_empty())
            {
                lacking.push(attribute);
            }
        }
        let attribute = path.and_then(named);
        let attribute = attribute.or_else(|| {
            let mut usual = attributes.iter().map(|name| (*name).to_owned());
            usual.find(|name| !lacking.contains(name))
        });
        Ok(attribute.map(|attribute| Package {
            attribute: Some(attribute),
            path: path.map(ToString::to_string),
        }))
    }

    fn has_command(&self, path: &StorePath, command: &str) -> Result<bool> {
        let file = format!("{path}/bin/{command}");
        let is_there = matches!(
            self.files.entry(&file, None)?,
            Some(Entry::File { .. } | Entry::Symlink(_))
        );
        let dir = self.inside.store_dir();
        Ok(is_there && matches!(resolve(self.files, dir, &file)?, Resolved::Within(_)))
    }

    /// The package in a directory that lists commands, if it lies in one of the store.
    pub(super) fn package_at(&self, directory: &str, command: &str) -> Result<Option<Package>> {
        let dir = self.inside.store_dir();
        let Some(owner) = dir.owner(directory) else {
            return Ok(None);
        };
        let file = format!("{}/{command}", directory.trim_end_matches('/'));
        if self.inside.has(owner.base())
            || !matches!(resolve(self.files, dir, &file)?, Resolved::Within(_))
        {
            return Ok(None);
        }
        let name = store::Package::parse(owner.name()).name.to_owned();
        Ok(Some(Package {
            attribute: providers(command)
                .find(|known| *known == name)
                .map(str::to_owned),
            path: Some(owner.to_string()),
        }))
    }

    /// What shows the command of this name, of whatever package, at a path of the host.
    pub(in crate::foresight) fn shown_at(&self, path: &str) -> Result<Vec<Remedy>> {
        if path == "/bin/sh" {
            return Ok(self.shell_remedy());
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        let Some(package) = self.package_with(name)? else {
            return Ok(Vec::new());
        };
        Ok(self.bound_at(&package, name, path))
    }

    /// What shows a command of this package at a path of the host. A file that is bound needs what it refers to.
    pub(super) fn bound_at(&self, package: &Package, name: &str, path: &str) -> Vec<Remedy> {
        let Ok(target) = path_word(path) else {
            return Vec::new();
        };
        let bind = Expression::of(package, format!("/bin/{name}:{target}"));
        self.fix(
            "to provide one there",
            path,
            &[
                Change::Add(Setting::BindReadOnlyPaths, vec![bind]),
                Change::Packages(vec![package.clone()]),
            ],
        )
    }

    /// What lets a command be found that a unit names by a path of the host or by its bare name.
    pub(in crate::foresight) fn named_by_path(
        &self,
        setting: ExecSetting,
        line: &str,
        program: &str,
    ) -> Result<Vec<Remedy>> {
        let name = program.rsplit('/').next().unwrap_or_default();
        let Some(package) = self.package_with(name)? else {
            return Ok(Vec::new());
        };
        let lines = self.confined.service.exec.list(setting.name());
        let dir = self.inside.store_dir();
        // Nix knows the store paths of the other commands by better names than these.
        let names_store = |line: &String| mentions(line, dir).next().is_some();
        let is_plain = !self.confined.bundle.source.is_nix() || !lines.iter().any(names_store);
        if is_plain && around(line, program).is_some() {
            let mut values = Vec::new();
            if self.confined.bundle.source.is_nix() {
                // Those of a unit that a package ships go first.
                values.push("".into());
            }
            // All at once: the setting has one list.
            for line in lines {
                values.push(self.with_store_paths(line)?);
            }
            let change = Change::Replace(setting.into(), values);
            return Ok(self.fix("to name it by its store path", program, &[change]));
        }
        if program.starts_with('/') {
            return Ok(self.bound_at(&package, name, program));
        }
        Ok(self.fix(
            "to search there",
            program,
            &[
                Change::Add(
                    Setting::ExecSearchPath,
                    vec![Expression::of(&package, "/bin")],
                ),
                Change::Packages(vec![package]),
            ],
        ))
    }

    /// A line with the store paths of the programs that are not inside.
    fn with_store_paths(&self, line: &str) -> Result<Expression> {
        let mut done = Expression::default();
        let mut rest = line;
        for command in commands(line) {
            let program = command.program.as_str();
            let name = program.rsplit('/').next().unwrap_or_default();
            let is_missing = !program.starts_with('/')
                || program != "/bin/sh" && self.inside.look(program)? == Found::Missing;
            let package = self.package_with(name)?.filter(|_| is_missing);
            if let (Some(package), Some((before, behind))) = (package, around(rest, program)) {
                let path = Expression::of(&package, format!("/bin/{name}"));
                done = done.then(before).then(path);
                rest = behind;
            }
        }
        Ok(done.then(rest))
    }

    /// What lets the service have /bin/sh.
    pub(in crate::foresight) fn shell_remedy(&self) -> Vec<Remedy> {
        let bash = self.package_with("sh").ok().flatten();
        let Some(bash) = bash else {
            return Vec::new();
        };
        let shell = Change::Shell(Some(Expression::of(&bash, "/bin/sh")));
        self.fix("to have one", "sh", &[shell])
    }
}

/// What is before the program in a command line, and what is behind it.
fn around<'a>(line: &'a str, program: &str) -> Option<(&'a str, &'a str)> {
    line.match_indices(program).find_map(|(at, _)| {
        let (before, rest) = line.split_at(at);
        let behind = rest.strip_prefix(program)?;
        let starts = before
            .chars()
            .next_back()
            .is_none_or(|c| c.is_ascii_whitespace() || "@-:+!|\"'".contains(c));
        let ends = behind
            .chars()
            .next()
            .is_none_or(|c| c.is_ascii_whitespace() || "\"'".contains(c));
        (starts && ends).then_some((before, behind))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_in_its_line() {
        assert_eq!(around("-/bin/kill x", "/bin/kill"), Some(("-", " x")));
        assert_eq!(around("kill", "kill"), Some(("", "")));
        assert_eq!(
            around("/a/kill ; \"kill\" x", "kill"),
            Some(("/a/kill ; \"", "\" x"))
        );
        assert_eq!(around("/x/bin/killall", "/bin/kill"), None);
    }
}
