//! The directory of units that a guest gets.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::instances::Instances;
use super::tracing::traced;
use super::unit::{added, trigger_file, unit_file};
use super::views::viewed;
use crate::bundle::Planned;
use crate::document::{self, Kind};
use crate::guest::{TARGET, stays_behind};
use crate::observe::{Calls, Tracer};
use crate::service::{Service, TriggerKind, TriggerName, UnitName};
use crate::source::Whole;

/// The drop-in with changes of the unit. It comes before that of confinement, as the user's own do.
const CHANGES: &str = "zy-rehearsal.conf";
/// The drop-in of the guest's target that refers to the units.
const KEPT: &str = "rehearsed.conf";
/// The drop-in of a traced unit, after that of confinement.
const TRACE: &str = "zzz-trace.conf";
/// The drop-in of a unit with a view of the whole store.
const VIEW: &str = "zzz-view.conf";
/// Where a bundle has its units.
const IN_BUNDLE: &str = "lib/systemd/system";

/// What the names of units end with (systemd.unit(5)).
const KINDS: [&str; 11] = [
    "automount",
    "device",
    "mount",
    "path",
    "scope",
    "service",
    "slice",
    "socket",
    "swap",
    "target",
    "timer",
];

/// A temporary directory of units.
pub struct UnitFiles(TempDir);

impl UnitFiles {
    /// The units of services, of which systemd keeps what it knows.
    pub fn new<'s>(
        services: impl Iterator<Item = (&'s UnitName, &'s Service)> + Clone,
        whole: &Whole,
        instances: &Instances,
    ) -> Result<Self> {
        let files = Self::of_target(services.clone(), whole)?;
        files.keep(services.flat_map(|(name, _)| instances.units(name)))?;
        Ok(files)
    }

    /// The units of services: those in the target's directories, the most important first; else those of the target itself; else made of
    /// the services.
    pub fn of_target<'s>(
        services: impl Iterator<Item = (&'s UnitName, &'s Service)>,
        whole: &Whole,
    ) -> Result<Self> {
        let files = Self(tempfile::tempdir().context("cannot create a directory for units")?);
        let directories = &whole.units;
        for directory in directories.iter().rev() {
            copy(directory, files.path(), true)
                .with_context(|| format!("cannot copy the units in {}", directory.display()))?;
        }
        let own = whole.unit_files()?;
        for (path, text) in &own {
            files.write(path.as_ref(), text)?;
        }
        if directories.is_empty() && own.is_empty() {
            for (name, service) in services {
                files.write(name.as_str().as_ref(), unit_file(service).as_bytes())?;
                for (name, settings) in &service.triggered_by {
                    let text = trigger_file(name, settings);
                    files.write(name.as_str().as_ref(), text.as_bytes())?;
                }
            }
        }
        Ok(files)
    }

    /// Has systemd keep what it knows of these units: one that nothing refers to is forgotten as soon as it has ended. It also reads all
    /// sockets, so that it knows to which services they belong.
    fn keep<'s>(&self, names: impl Iterator<Item = &'s UnitName>) -> Result<()> {
        let mut text = "[Unit]\n".to_owned();
        for name in names {
            let _ = writeln!(text, "After={name}");
        }
        for entry in fs::read_dir(self.path())? {
            let name = entry?.file_name();
            let name = name.to_str().and_then(|name| TriggerName::parse(name).ok());
            let is_socket = |name: &TriggerName| name.kind() == TriggerKind::Socket;
            if let Some(name) = name.filter(is_socket) {
                let _ = writeln!(text, "After={name}");
            }
        }
        self.write(
            &Path::new(&format!("{TARGET}.d")).join(KEPT),
            text.as_bytes(),
        )
    }

    /// Adds the drop-ins and views of a bundle.
    pub fn confine(&self, planned: &Planned) -> Result<()> {
        for (path, content) in &planned.files {
            let below = Path::new(path)
                .strip_prefix(IN_BUNDLE)
                .unwrap_or(Path::new(path));
            self.write(below, content)?;
        }
        Ok(())
    }

    /// Adds to a unit what a changed service has more than the original.
    pub fn change(&self, name: &UnitName, original: &Service, changed: &Service) -> Result<()> {
        let text = match added(original, changed) {
            Some(text) => text,
            // An empty drop-in hides that of its template, which is another service.
            None if name.template().is_some() => String::new(),
            None => return Ok(()),
        };
        let place = Path::new(&format!("{name}.d")).join(CHANGES);
        self.write(&place, text.as_bytes())
    }

    /// Has the commands of a unit run under strace.
    pub fn trace(
        &self,
        (tracer, calls): (&Tracer, Calls),
        name: &UnitName,
        service: &Service,
    ) -> Result<()> {
        let text = traced(tracer, calls, name, service);
        self.write(
            &Path::new(&format!("{name}.d")).join(TRACE),
            text.as_bytes(),
        )
    }

    /// Has these units see the store through views of their own.
    pub fn view<'n>(&self, names: impl Iterator<Item = &'n UnitName>, store: &Path) -> Result<()> {
        for name in names {
            let place = format!("{name}.d");
            self.write(
                &Path::new(&place).join(VIEW),
                viewed(name, store).as_bytes(),
            )?;
        }
        Ok(())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, below: &Path, content: &[u8]) -> Result<()> {
        let path = self.path().join(below);
        let parent = path.parent().unwrap_or(self.path());
        fs::create_dir_all(parent)
            .and_then(|()| fs::write(&path, content))
            .with_context(|| format!("cannot write {}", path.display()))
    }
}

/// Whether systemd looks at a file of this name in a directory of units or in one of those in it.
fn is_read(name: &str) -> bool {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    end == "conf" || KINDS.contains(&end)
}

/// Whether systemd looks into a directory of this name.
fn is_looked_into(name: &str) -> bool {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end);
    matches!(end, "d" | "wants" | "requires" | "upholds")
}

/// Copies units over others, but for what stays behind, and the directories among them if it `has_more`: systemd reads none below those,
/// and links there may lead anywhere.
fn copy(from: &Path, to: &Path, has_more: bool) -> Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        let shown = name.to_string_lossy();
        if stays_behind(&shown) || !(is_read(&shown) || is_looked_into(&shown)) {
            continue;
        }
        let place = to.join(&name);
        // Units are often links into the store; a link to /dev/null masks a unit.
        let target = fs::canonicalize(entry.path());
        if fs::symlink_metadata(&place).is_ok_and(|found| !found.is_dir()) {
            fs::remove_file(&place)?;
        }
        match target {
            Ok(target) if target.is_dir() => {
                if has_more && is_looked_into(&shown) {
                    fs::create_dir_all(&place)?;
                    copy(&target, &place, false)?;
                }
            }
            Ok(target) if target.is_file() && !entry.file_type()?.is_symlink() => {
                copy_unit(&target, &place)?;
            }
            // An alias is a link within the directory, so links stay links, unless they lead out of it.
            _ => {
                let link = fs::read_link(entry.path())?;
                let is_alias = link.parent() == Some(Path::new(""));
                match fs::canonicalize(entry.path()) {
                    Ok(target) if target.is_file() && !is_alias => {
                        copy_unit(&target, &place)?;
                    }
                    _ => std::os::unix::fs::symlink(link, &place)?,
                }
            }
        }
    }
    Ok(())
}

/// Copies a file, if it is not too long for a unit.
fn copy_unit(from: &Path, to: &Path) -> Result<()> {
    let text = document::read(from, Kind::Unit)
        .with_context(|| format!("cannot read {}", from.display()))?;
    fs::write(to, text).with_context(|| format!("cannot write {}", to.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn directories_of_units_are_copied_one_level_deep() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(&to)?;
        for drop_in in ["a.service.d", "shared"] {
            fs::create_dir_all(from.join(drop_in).join("deeper"))?;
            fs::write(from.join(drop_in).join("own.conf"), "")?;
        }
        symlink("shared", from.join("b.service.d"))?;
        symlink("..", from.join("a.service.d/loop.d"))?;
        symlink("..", from.join("a.service.d/again.d"))?;
        // A link to a directory of something else brings nothing along.
        let elsewhere = dir.path().join("elsewhere");
        fs::create_dir_all(&elsewhere)?;
        fs::write(elsewhere.join("data"), "")?;
        symlink(&elsewhere, from.join("c.service.wants"))?;
        symlink(&elsewhere, from.join("sources"))?;
        copy(&from, &to, true)?;
        assert!(!to.join("c.service.wants/data").exists());
        assert!(!to.join("sources").exists());
        assert!(to.join("a.service.d/own.conf").exists());
        assert!(to.join("b.service.d/own.conf").exists());
        for deeper in ["deeper", "loop.d", "again.d"] {
            assert!(!to.join("a.service.d").join(deeper).exists(), "{deeper}");
        }
        Ok(())
    }

    #[test]
    fn a_unit_that_leads_to_something_endless_is_an_error() -> Result<()> {
        let dir = tempfile::tempdir()?;
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(&to)?;
        fs::create_dir_all(&from)?;
        let long = dir.path().join("long");
        fs::File::create(&long)?.set_len(1 << 40)?;
        symlink(&long, from.join("a.service"))?;
        let error = copy(&from, &to, true).err().map(|error| error.to_string());
        assert_eq!(error, Some(format!("cannot read {}", long.display())));
        Ok(())
    }
}
