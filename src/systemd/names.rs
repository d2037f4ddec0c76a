//! Names of units, and the files for them in directories (`unit_file_build_name_map`, `unit_file_resolve_symlink`).

use std::path::{Component, Path, PathBuf};

use anyhow::Result;

use super::host_files::{self, UnitEntry};
use crate::service::UnitName;

/// The file name of confinix's drop-ins: last in the order in which systemd reads them, so that an empty assignment in another
/// drop-in can't reset their settings. A file of this name is ignored when a directory of units is read.
pub const DROP_IN_NAME: &str = "zz-confinement.conf";

/// The directories in which the system manager finds units, the most important first. A link into them is an alias of a unit, wherever
/// the link has been copied to.
pub const UNIT_DIRECTORIES: [&str; 8] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator.late",
    "/run/current-system/sw/lib/systemd/system",
];

/// The file of a unit.
pub(super) enum Fragment {
    /// A file, or a link out of the directories: its target is the unit's own file, whatever its name.
    File(PathBuf),
    /// A link to a unit of another name.
    Alias(UnitName),
}

/// Finds the file for a name in the first directory that has one.
pub(super) fn found(directories: &[PathBuf], name: &UnitName) -> Result<Option<Fragment>> {
    for directory in directories {
        let path = directory.join(name.as_str());
        match host_files::look(&path)? {
            UnitEntry::Missing | UnitEntry::Other => {}
            UnitEntry::File => return Ok(Some(Fragment::File(path))),
            UnitEntry::Link(target) => {
                let target = destination(directory, &target);
                if !is_within(directories, &target) {
                    return Ok(Some(Fragment::File(path)));
                }
                let other = target.file_name().and_then(|file| file.to_str());
                let other = other.and_then(|file| UnitName::parse(file).ok());
                match other {
                    // A target of the same name is found in its own directory, if that is one of these.
                    Some(other) if other == *name => {
                        let is_listed = directories.iter().any(|dir| target.starts_with(dir));
                        if !is_listed && host_files::real(&path).is_some() {
                            return Ok(Some(Fragment::File(path)));
                        }
                    }
                    Some(other) if can_be_called(name, &other) => {
                        return Ok(Some(Fragment::Alias(other)));
                    }
                    // A target that can't have this name as an alias is ignored.
                    _ => {}
                }
            }
        }
    }
    Ok(None)
}

/// The target of a link, without following its last component.
fn destination(directory: &Path, target: &Path) -> PathBuf {
    let target = directory.join(target);
    let (Some(parent), Some(file)) = (target.parent(), target.file_name()) else {
        return target;
    };
    let real = host_files::real(parent);
    real.unwrap_or_else(|| tidy(parent)).join(file)
}

/// A path without `.` and `..`, removed lexically.
fn tidy(path: &Path) -> PathBuf {
    let mut tidy = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                tidy.pop();
            }
            Component::CurDir => {}
            component => tidy.push(component),
        }
    }
    tidy
}

fn is_within(directories: &[PathBuf], target: &Path) -> bool {
    UNIT_DIRECTORIES.iter().any(|dir| target.starts_with(dir))
        || directories.iter().any(|directory| {
            target.starts_with(directory)
                || host_files::real(directory)
                    .is_some_and(|directory| target.starts_with(directory))
        })
}

/// Whether a link may make a name an alias of a unit (`unit_validate_alias_symlink_or_warn`).
fn can_be_called(name: &UnitName, other: &UnitName) -> bool {
    match (name.template(), other.template()) {
        (Some(_), Some(_)) => name.instance() == other.instance(),
        (Some(_), None) => other.is_template(),
        (None, Some(_)) => false,
        (None, None) => name.is_template() == other.is_template(),
    }
}

/// A template's name with the instance of another name; any other name unchanged.
pub(super) fn instance_of(name: &UnitName, of: &UnitName) -> UnitName {
    let instance = of.instance();
    let instantiated = format!("{}@{instance}.service", name.prefix());
    match UnitName::parse(&instantiated) {
        Ok(instantiated) if name.is_template() && !instance.is_empty() => instantiated,
        _ => name.clone(),
    }
}

/// The directories whose drop-ins apply to a unit, the most specific first: its own, its template's, and those of each prefix
/// that ends in a dash (`unit_file_find_dirs`).
pub fn drop_in_directories(name: &str) -> Vec<String> {
    let mut directories = Vec::new();
    add_drop_in_directories(name, &mut directories);
    directories
}

fn add_drop_in_directories(name: &str, directories: &mut Vec<String>) {
    let own = format!("{name}.d");
    if directories.contains(&own) {
        return;
    }
    directories.push(own);
    let at = name.find('@').or_else(|| name.rfind('.'));
    let (prefix, rest) = name.split_at(at.unwrap_or(name.len()));
    if rest.starts_with('@') && rest != "@.service" {
        add_drop_in_directories(&format!("{prefix}@.service"), directories);
    }
    // One dash at the end is skipped.
    let mut shorter = prefix;
    if let Some(chopped) = prefix.strip_suffix('-') {
        shorter = chopped;
    }
    match shorter.rfind('-') {
        Some(dash) if dash > 0 => {
            // A template's prefix is that of the unit without an instance.
            let rest = if rest == "@.service" {
                ".service"
            } else {
                rest
            };
            add_drop_in_directories(&format!("{}{rest}", &shorter[..=dash]), directories);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_with_a_dash_have_drop_ins_too() {
        assert_eq!(
            drop_in_directories("foo-bar-baz.service"),
            [
                "foo-bar-baz.service.d",
                "foo-bar-.service.d",
                "foo-.service.d"
            ]
        );
        assert_eq!(
            drop_in_directories("foo-bar@x-y.service"),
            [
                "foo-bar@x-y.service.d",
                "foo-bar@.service.d",
                "foo-.service.d",
                "foo-@x-y.service.d",
                "foo-@.service.d"
            ]
        );
        assert_eq!(drop_in_directories("a@.service"), ["a@.service.d"]);
        assert_eq!(drop_in_directories("a.service"), ["a.service.d"]);
    }
}
