//! Changes that fix a finding: options of a service with their new values. They are written in the form that the configuration of
//! the service has: as Nix, or as a drop-in and `confinix.toml`.

mod apply;
mod expression;
mod home_manager;
mod line;
mod merge;
mod nix;
mod removal;
mod table;
mod told;
mod units;

pub use apply::apply_all;
pub use expression::{Expression, Package};
pub use line::{Line, lines};
pub use merge::{Conflict, compatible, merge};
pub use removal::Removal;
pub use table::{Table, preset_name};

use crate::service::{Choice, Include, Manager, Source, UnitName};
use crate::store::StoreDir;
use crate::systemd::Setting;

/// A change to the options of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Adds entries to a list setting of the unit.
    Add(Setting, Vec<Expression>),
    /// Gives a setting of the unit this value.
    Set {
        /// The setting.
        name: Setting,
        /// Its value.
        value: Value,
        /// Whether the unit sets another value, which would be a conflict in Nix.
        is_forced: bool,
    },
    /// Replaces all values of a list setting of the unit.
    Replace(Setting, Vec<Expression>),
    /// Removes entries from a list setting of the unit.
    Remove(Removal),
    /// Adds packages to the closure.
    Packages(Vec<Package>),
    /// Adds the `bin` of these packages to the `PATH` that NixOS makes.
    Path(Vec<Package>),
    /// Sets an environment variable of the unit, and replaces its current value.
    Variable(&'static str, Expression),
    /// Provides this program as `/bin/sh`, or nothing if `None`.
    Shell(Option<Expression>),
    /// Sets the strategy that brings the closure into the root.
    Strategy(Choice),
    /// Adds presets.
    Presets(Vec<&'static str>),
    /// Adds to the closure the store paths that the unit mentions elsewhere.
    Include(Include),
    /// Several changes to settings of the unit.
    Settings(Vec<Change>),
}

impl Change {
    /// The same change, with the store paths that `find` knows for packages of which only the attribute is known.
    #[must_use]
    pub fn with_paths(&self, find: &dyn Fn(&str) -> Option<String>) -> Self {
        let package = |package: &Package| package.with_path(find);
        let packages = |packages: &[Package]| packages.iter().map(package).collect();
        let text = |text: &Expression| text.with_paths(find);
        let texts = |texts: &[Expression]| texts.iter().map(text).collect();
        match self {
            Self::Add(name, values) => Self::Add(*name, texts(values)),
            Self::Replace(name, values) => Self::Replace(*name, texts(values)),
            Self::Set {
                name,
                value: Value::Text(value),
                is_forced,
            } => Self::Set {
                name: *name,
                value: Value::Text(text(value)),
                is_forced: *is_forced,
            },
            Self::Packages(list) => Self::Packages(packages(list)),
            Self::Path(list) => Self::Path(packages(list)),
            Self::Variable(name, value) => Self::Variable(name, text(value)),
            Self::Shell(shell) => Self::Shell(shell.as_ref().map(text)),
            Self::Settings(changes) => Self::Settings(
                changes
                    .iter()
                    .map(|change| change.with_paths(find))
                    .collect(),
            ),
            Self::Set { .. }
            | Self::Remove(_)
            | Self::Strategy(_)
            | Self::Presets(_)
            | Self::Include(_) => self.clone(),
        }
    }

    fn names(&self) -> Vec<String> {
        match self {
            Self::Add(name, _) | Self::Set { name, .. } | Self::Replace(name, _) => {
                vec![format!("{}=", name.name())]
            }
            Self::Packages(packages) | Self::Path(packages) => {
                packages.iter().map(Package::name).collect()
            }
            Self::Presets(presets) => presets
                .iter()
                .map(|name| format!("preset {name}"))
                .collect(),
            Self::Settings(changes) => changes.iter().flat_map(Self::names).collect(),
            Self::Shell(_) => vec!["/bin/sh".to_owned()],
            Self::Include(_) | Self::Remove(_) | Self::Strategy(_) | Self::Variable(..) => {
                Vec::new()
            }
        }
    }
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A switch.
    Switch(bool),
    /// A text.
    Text(Expression),
}

/// Where and how a service is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Whether it is configured in Nix or by unit files.
    pub source: Source,
    /// The manager that runs it.
    pub manager: Manager,
    /// The store of its paths.
    pub store: StoreDir,
}

/// Changes to one service that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// The service.
    pub service: UnitName,
    /// Where it is configured.
    pub site: Site,
    /// The subject of the changes, from which names are generated.
    pub about: String,
    /// The changes.
    pub list: Vec<Change>,
}

/// Changes in written form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where the text belongs, phrased to follow a comma.
    pub place: String,
    /// The text to paste there.
    pub text: String,
}

impl Changes {
    /// Writes the changes for the place where the service is configured; `None` if they can't be expressed there.
    pub fn write(&self) -> Option<Written> {
        self.write_for(&[&self.service])
    }

    /// Writes the same changes for several services that are configured at one place.
    pub fn write_for(&self, services: &[&UnitName]) -> Option<Written> {
        let Self {
            site, about, list, ..
        } = self;
        match site.source {
            Source::Nix => nix::write(list, services, site),
            Source::HomeManager => home_manager::write(list, services, &site.store),
            Source::Units => units::write(list, services, about),
        }
    }

    /// What the changes bring, in words: packages; if there are none, presets and settings.
    pub fn names(&self) -> Vec<String> {
        let is_package = |change: &&Change| matches!(change, Change::Packages(_) | Change::Path(_));
        let has_packages = self.list.iter().any(|change| is_package(&change));
        let naming = self.list.iter();
        let naming = naming.filter(|change| !has_packages || is_package(change));
        let mut names: Vec<String> = Vec::new();
        for name in naming.flat_map(Change::names) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// Merges the changes in `all` that are to the service of the first one, to apply at once. `None` if there are none.
    pub fn merged<'a>(all: impl IntoIterator<Item = &'a Self>) -> Result<Option<Self>, Conflict> {
        let mut all = all.into_iter();
        let Some(first) = all.next() else {
            return Ok(None);
        };
        let others = all.filter(|other| other.service == first.service);
        let lists = std::iter::once(first).chain(others);
        Ok(Some(Self {
            list: merge(lists.flat_map(|changes| changes.list.iter().cloned()))?,
            ..first.clone()
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixes_of_one_service_become_one_text() -> anyhow::Result<()> {
        let fix = |source, list| -> anyhow::Result<Changes> {
            Ok(Changes {
                service: UnitName::parse("web.service")?,
                site: Site {
                    source,
                    manager: Manager::System,
                    store: StoreDir::parse("/nix/store")?,
                },
                about: "needs".to_owned(),
                list,
            })
        };
        let removal = |setting: Setting, path: &str| {
            Change::Remove(Removal {
                taken: [(setting, path.to_owned())].into(),
                of: vec![
                    (Setting::BindPaths, "/a".to_owned()),
                    (Setting::BindPaths, "/b".to_owned()),
                    (Setting::BindReadOnlyPaths, "/c".to_owned()),
                ],
                added: Vec::new(),
            })
        };
        for (source, expected) in [
            (
                Source::Nix,
                "systemd.services.\"web\".serviceConfig.BindPaths = lib.mkForce [ \"/b\" ];\n\
                 systemd.services.\"web\".serviceConfig.BindReadOnlyPaths = lib.mkForce [ \"/d\" ];\n\
                 systemd.services.\"web\".confinement.presets = [ \"dns\" \"tls\" ];",
            ),
            (
                Source::Units,
                "[Service]\nBindPaths=\nBindPaths=/b\nBindReadOnlyPaths=/d",
            ),
        ] {
            let fixes = [
                fix(source, vec![Change::Presets(vec!["dns"])])?,
                fix(source, vec![removal(Setting::BindPaths, "/a")])?,
                fix(
                    source,
                    vec![Change::Add(Setting::BindReadOnlyPaths, vec!["/d".into()])],
                )?,
                fix(
                    source,
                    vec![
                        Change::Presets(vec!["tls"]),
                        removal(Setting::BindReadOnlyPaths, "/c"),
                    ],
                )?,
            ];
            let merged = Changes::merged(&fixes)?;
            let written = merged.and_then(|changes| changes.write());
            assert_eq!(
                written.map(|written| written.text).as_deref(),
                Some(expected)
            );
        }
        assert_eq!(Changes::merged([])?, None);
        Ok(())
    }
}
