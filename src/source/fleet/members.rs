//! What the targets of a fleet are: bundles, directories of bundles, and requests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::super::load::{At, is_bundle_at};
use super::super::{Request, Unclear};
use crate::bundle::{BUNDLE_FILE, read_sealed};
use crate::progress::Progress;
use crate::service::{HostGlob, HostName};

/// One host, at some stage of the way to its bundle.
pub(super) struct Member<T> {
    /// Its host; `None` if it is not named yet, or the target is no fleet.
    pub host: Option<HostName>,
    /// The target, as the user named it.
    pub name: String,
    /// The file of its services.
    pub file: Option<PathBuf>,
    /// What there is of it, or why it failed.
    pub content: Result<T>,
}

impl<T> Member<T> {
    /// The name of its host or, until it has one, that of its target.
    pub fn called(&self) -> &str {
        self.host.as_ref().map_or(&self.name, HostName::as_str)
    }

    /// The same host at the next stage.
    pub fn map<U>(self, next: impl FnOnce(T) -> Result<U>) -> Member<U> {
        Member {
            host: self.host,
            name: self.name,
            file: self.file,
            content: self.content.and_then(next),
        }
    }
}

/// What a target is.
pub(super) enum Found {
    /// The directory of a bundle.
    Bundle(PathBuf),
    /// What is evaluated, with what an error says first.
    Request(Box<Request>, Option<String>),
}

/// The bundles in a directory of a fleet, by the names of their hosts. Empty if it is none.
fn bundles_in(directory: &Path) -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let places = entries.map(|entry| {
        (
            entry.file_name().to_string_lossy().into_owned(),
            entry.path(),
        )
    });
    places
        .filter(|(name, path)| !name.starts_with('.') && is_bundle_at(&path.to_string_lossy()))
        .collect()
}

/// Whether a target is a directory of bundles, as `confinix bundle` writes it for a fleet.
pub fn is_fleet_at(target: &str) -> bool {
    let path = Path::new(target);
    !is_bundle_at(target) && !path.join("flake.nix").exists() && !bundles_in(path).is_empty()
}

impl Request {
    /// What the targets are. A target that is given twice is taken once.
    pub(super) fn found(
        &self,
        targets: &[Option<&str>],
        progress: &Progress,
    ) -> Result<Vec<Member<Found>>> {
        let mut members = Vec::new();
        let mut seen = BTreeSet::new();
        for target in targets.iter().copied() {
            if let Some(target) = target
                && !seen.insert(fs::canonicalize(target).unwrap_or_else(|_| target.into()))
            {
                progress.warn(&format!("warning: {target} is given twice, and taken once"));
                continue;
            }
            let bundle = |host: Result<Option<HostName>>, path: PathBuf| Member {
                host: host.as_ref().ok().cloned().flatten(),
                name: path.to_string_lossy().into_owned(),
                file: Some(path.join(BUNDLE_FILE)),
                content: host.map(|_| Found::Bundle(path)),
            };
            match target {
                Some(target) if is_bundle_at(target) => {
                    members.push(bundle(Ok(None), target.into()));
                }
                Some(target) if is_fleet_at(target) => {
                    for (name, path) in bundles_in(Path::new(target)) {
                        members.push(bundle(HostName::parse(&name).map(Some), path));
                    }
                }
                target => {
                    let At::Request(toward) = self.at(read_sealed, target, progress)? else {
                        bail!(Unclear(format!("{} is a bundle", target.unwrap_or("it"))));
                    };
                    members.push(Member {
                        host: None,
                        name: toward.name,
                        file: toward.request.file_of_services(),
                        content: Ok(Found::Request(Box::new(toward.request), toward.taken_for)),
                    });
                }
            }
        }
        Ok(members)
    }
}

/// Names each host that has no name by its target.
pub(super) fn name<T>(members: &mut [Member<T>]) -> Result<()> {
    for member in members {
        if member.host.is_none() && member.content.is_ok() {
            let context = || format!("{} can't be one target of several", member.name);
            member.host = Some(HostName::parse(&label(&member.name)).with_context(context)?);
        }
    }
    Ok(())
}

/// Fails if a glob matches none of the hosts.
pub(super) fn check_globs(globs: &[HostGlob], names: &BTreeSet<String>) -> Result<()> {
    for glob in globs {
        if !names.iter().any(|name| glob.matches(name)) {
            bail!(Unclear(format!(
                "no host matches --hosts {}; the hosts are {}",
                glob.as_str(),
                shortened(names)
            )));
        }
    }
    Ok(())
}

/// Sorts hosts by name, and fails if two have the same.
pub(super) fn sort<T>(members: &mut [Member<T>]) -> Result<()> {
    members.sort_by(|a, b| (&a.host, &a.name).cmp(&(&b.host, &b.name)));
    for pair in members.windows(2) {
        if let [a, b] = pair
            && let Some(host) = &a.host
            && a.host == b.host
        {
            bail!(Unclear(format!(
                "{} and {} are both the host {host}: rename one, or take them in separate runs",
                a.name, b.name
            )));
        }
    }
    Ok(())
}

/// How many hosts an error names.
const MAX_NAMED: usize = 20;

fn shortened(names: &BTreeSet<String>) -> String {
    let shown: Vec<_> = names.iter().take(MAX_NAMED).map(String::as_str).collect();
    let shown = shown.join(", ");
    let more = if names.len() > MAX_NAMED { ", …" } else { "" };
    format!("{shown}{more}")
}

/// The name of a host for a target: the last component of a path or of an attribute path.
fn label(target: &str) -> String {
    let last = match target.split_once('#') {
        Some((_, attribute)) if !attribute.is_empty() => {
            let attribute = attribute.trim_end_matches('"');
            attribute.rsplit(['.', '"']).next().unwrap_or(attribute)
        }
        _ => target
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or(target),
    };
    match last {
        // The directory itself has a name.
        "" | "." | ".." => fs::canonicalize(target)
            .ok()
            .and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .unwrap_or_else(|| last.to_owned()),
        last => last.to_owned(),
    }
}

/// The host of a target that is a system by its attribute path, such as `.#nixosConfigurations.web` or `.#homeConfigurations.me`.
pub fn host_of(target: &str) -> Option<HostName> {
    let attribute = match target.split_once('#') {
        Some((_, attribute)) => attribute,
        None => target,
    };
    let name = attribute
        .strip_prefix("nixosConfigurations.")
        .or_else(|| attribute.strip_prefix("homeConfigurations."))?;
    let quoted = name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'));
    let is_whole = |name: &&str| !name.contains(if quoted.is_some() { '"' } else { '.' });
    HostName::parse(Some(quoted.unwrap_or(name)).filter(is_whole)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_names_its_host() {
        for (target, host) in [
            ("bundles/web", "web"),
            ("bundles/web/", "web"),
            (".#nixosConfigurations.web", "web"),
            (".#nixosConfigurations.\"web\"", "web"),
            ("github:owner/repository", "repository"),
        ] {
            assert_eq!(label(target), host, "{target}");
        }
    }

    #[test]
    fn only_the_path_of_a_system_certainly_names_a_host() {
        for (target, host) in [
            (".#nixosConfigurations.web", Some("web")),
            (
                "github:a/b#nixosConfigurations.\"web.example.org\"",
                Some("web.example.org"),
            ),
            ("nixosConfigurations.web", Some("web")),
            (".#nixosConfigurations.web.config", None),
            (".#nixosConfigurations.\"a\".\"b\"", None),
            (".#nixosConfigurations", None),
            (".#homeConfigurations.\"me@web\"", Some("me@web")),
            (".#homeConfigurations", None),
            ("bundles/web", None),
        ] {
            assert_eq!(
                host_of(target).as_ref().map(HostName::as_str),
                host,
                "{target}"
            );
        }
    }
}
