//! What puts packages on the unit's `PATH`: that depends on who sets it.

use crate::change::{Change, Expression, Package};
use crate::finding::Remedy;
use crate::foresight::sight::Sight;
use crate::root::Found;
use crate::service::{Include, Origin};
use crate::systemd::{Escapes, Setting, Words};

/// Who sets the unit's `PATH`.
pub(super) enum Setter {
    /// Nobody: it is systemd's own.
    Nobody,
    /// NixOS, which makes it of `path`.
    NixOs,
    /// `environment`, or a unit file.
    Variable,
    /// `serviceConfig.Environment`, which goes after `environment`.
    ServiceConfig,
    /// A file of the environment, which goes after all of them.
    File,
}

impl Sight<'_> {
    /// What puts packages on the unit's `PATH`, and into the closure.
    pub(super) fn on_path(&self, packages: &[Package]) -> Vec<Remedy> {
        let is_nix = self.confined.bundle.source.is_nix();
        let setter = self.setter();
        let mut before = Expression::default();
        for (index, package) in packages.iter().enumerate() {
            let colon = if index == 0 { "" } else { ":" };
            before = before.then(colon).then(Expression::of(package, "/bin"));
        }
        let kept = self.kept(&setter);
        let path = if kept.is_empty() {
            before
        } else {
            // Specifiers are systemd's to expand.
            before.then(format!(":{}", kept.replace('%', "%%")))
        };
        let mut joining = packages.to_vec();
        joining.extend(self.of_variable());
        let what = "to put it on PATH";
        match setter {
            Setter::File => Vec::new(),
            _ if !is_nix => {
                let changes = [
                    Change::Variable("PATH", path),
                    Change::Include(Include::Path),
                ];
                self.fix(what, "PATH", &changes)
            }
            Setter::NixOs => {
                let changes = [
                    Change::Path(packages.to_vec()),
                    Change::Packages(packages.to_vec()),
                ];
                self.fix(what, "PATH", &changes)
            }
            Setter::Nobody | Setter::Variable => {
                let changes = [Change::Variable("PATH", path), Change::Packages(joining)];
                self.fix(what, "PATH", &changes)
            }
            Setter::ServiceConfig => {
                let assignment = Expression::from("PATH=").then(path);
                let values = self.assigned_otherwise();
                let values = values.into_iter().map(Expression::from);
                let changes = [
                    Change::Replace(Setting::Environment, values.chain([assignment]).collect()),
                    Change::Packages(packages.to_vec()),
                ];
                self.fix(what, "PATH", &changes)
            }
        }
    }

    /// What stays on `PATH`.
    fn kept(&self, setter: &Setter) -> String {
        let path = self.around.environment.path().unwrap_or_default();
        let is_seen = |dir: &String| match setter {
            // What systemd has there itself is only in sight where something is bound there.
            Setter::Nobody => self.inside.root().mounts.iter().any(|mount| {
                let parent = mount.source().and(mount.target.rsplit_once('/'));
                parent.is_some_and(|(parent, _)| parent == dir)
            }),
            _ => !matches!(self.inside.look(dir), Ok(Found::Missing)),
        };
        let kept: Vec<_> = path.into_iter().filter(is_seen).collect();
        kept.join(":")
    }

    /// Who sets it.
    pub(super) fn setter(&self) -> Setter {
        if self.around.environment.path_file().is_some() {
            return Setter::File;
        }
        if !self.around.environment.sets_path() {
            return Setter::Nobody;
        }
        let values = self.environment_as_written();
        let last = values.iter().rposition(|value| assigns(value, "PATH"));
        let is_made = self
            .around
            .environment
            .path()
            .is_some_and(|path| is_made(&path));
        match last {
            Some(index) if index >= of_environment(values) => Setter::ServiceConfig,
            _ if is_made => Setter::NixOs,
            _ => Setter::Variable,
        }
    }

    /// The packages that are in the closure because the variable that gets another value names them.
    fn of_variable(&self) -> Vec<Package> {
        let roots = self.confined.service.roots.iter();
        let of_path =
            |origin: &Origin| matches!(origin, Origin::Environment(name) if name == "PATH");
        roots
            .filter(|root| of_path(&root.origin))
            .map(|root| Package {
                attribute: None,
                path: Some(root.path.to_string()),
            })
            .collect()
    }

    /// `Environment=` before its specifiers are expanded and its quotes undone: how it is written tells who writes it.
    fn environment_as_written(&self) -> &[String] {
        let written = self.confined.bundle.services.get(self.confined.name);
        let service = written.unwrap_or(self.confined.service);
        service.settings.list("Environment")
    }

    /// What `serviceConfig.Environment` assigns besides `PATH`.
    fn assigned_otherwise(&self) -> Vec<String> {
        let values = self.environment_as_written();
        let own = values.iter().skip(of_environment(values));
        own.filter(|value| !assigns(value, "PATH"))
            .cloned()
            .collect()
    }
}

fn assigns(value: &str, name: &str) -> bool {
    Words::new(value, Escapes::C).any(|word| {
        word.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with('='))
    })
}

/// How many of the assignments are most likely of `environment`: NixOS writes these first, sorted, one a line and in quotes.
fn of_environment(values: &[String]) -> usize {
    let mut last = "";
    let mut count = 0;
    for value in values {
        let name = value
            .strip_prefix('"')
            .filter(|rest| rest.ends_with('"'))
            .and_then(|rest| rest.split_once('='));
        match name {
            Some((name, _)) if name > last && Words::new(value, Escapes::C).count() == 1 => {
                last = name;
                count += 1;
            }
            _ => break,
        }
    }
    count
}

/// Whether a `PATH` is what NixOS makes of `path`: every `bin`, then every `sbin`.
fn is_made(path: &[String]) -> bool {
    let (bins, sbins) = path.split_at(path.len() / 2);
    !bins.is_empty()
        && bins.len() == sbins.len()
        && std::iter::zip(bins, sbins).all(|(bin, sbin)| {
            let package = bin.strip_suffix("/bin");
            package.is_some() && package == sbin.strip_suffix("/sbin")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_sets_a_variable_is_told_by_how_it_is_written() {
        let texts =
            |texts: &[&str]| -> Vec<String> { texts.iter().map(ToString::to_string).collect() };
        assert!(is_made(&texts(&["/a/bin", "/b/bin", "/a/sbin", "/b/sbin"])));
        assert!(!is_made(&texts(&["/a/bin", "/b/bin"])));
        assert!(!is_made(&[]));
        let values = texts(&["\"A=1\"", "\"PATH=/a b\"", "B=1", "\"C=2\""]);
        assert_eq!(of_environment(&values), 2);
        assert!(assigns("A=1 PATH=/x", "PATH"));
        assert!(!assigns("A=1 \"XPATH=/x\"", "PATH"));
    }
}
