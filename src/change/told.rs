//! Describes changes to people.

use std::fmt;

use super::{Change, Expression, Value};
use crate::service::Include;
use crate::systemd::Setting;

impl Change {
    /// Returns the option to change, by its name in the unit or in `confinement`.
    pub fn option(&self) -> String {
        match self {
            Self::Add(name, _) | Self::Replace(name, _) | Self::Set { name, .. } => {
                format!("{name}=")
            }
            Self::Remove(removal) => {
                let settings = removal.settings();
                settings
                    .first()
                    .map_or_else(String::new, |name| format!("{name}="))
            }
            Self::Packages(_) => "confinement.packages".to_owned(),
            Self::Path(_) => "path".to_owned(),
            Self::Variable(name, _) => format!("environment.{name}"),
            Self::Shell(_) => "confinement.binSh".to_owned(),
            Self::Strategy(_) => "confinement.strategy".to_owned(),
            Self::Presets(_) => "confinement.presets".to_owned(),
            Self::Include(include) => format!("confinement.{}", include_option(*include)),
            Self::Settings(_) => "serviceConfig".to_owned(),
        }
    }

    /// Returns the setting of the unit to change, if it is a single one.
    pub(super) fn setting(&self) -> Option<Setting> {
        match self {
            Self::Add(name, _) | Self::Replace(name, _) | Self::Set { name, .. } => Some(*name),
            _ => None,
        }
    }
}

/// Returns the option of `confinement` for an inclusion.
pub(super) fn include_option(include: Include) -> &'static str {
    match include {
        Include::Path | Include::PathWithoutSystemd => "includePath",
        Include::Environment => "includeEnvironment",
    }
}

/// Writes the new value.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = |values: &[Expression]| {
            let values: Vec<_> = values.iter().map(Expression::to_string).collect();
            values.join(" ")
        };
        match self {
            Self::Add(_, values) | Self::Replace(_, values) => f.write_str(&texts(values)),
            Self::Set { value, .. } => match value {
                Value::Switch(true) => f.write_str("yes"),
                Value::Switch(false) => f.write_str("no"),
                Value::Text(text) => write!(f, "{text}"),
            },
            Self::Remove(removal) => {
                let rest = |setting: &Setting| texts(&removal.rest(*setting));
                let rest: Vec<_> = removal.settings().iter().map(rest).collect();
                f.write_str(rest.join(" ").trim())
            }
            Self::Packages(packages) | Self::Path(packages) => {
                let packages: Vec<_> = packages.iter().map(ToString::to_string).collect();
                f.write_str(&packages.join(" "))
            }
            Self::Variable(_, value) | Self::Shell(Some(value)) => write!(f, "{value}"),
            Self::Shell(None) => f.write_str("none"),
            Self::Strategy(choice) => f.write_str(&String::from(*choice)),
            Self::Presets(names) => f.write_str(&names.join(" ")),
            Self::Include(include) => f.write_str(include.name()),
            Self::Settings(changes) => {
                for change in changes {
                    write!(f, "{}{change} ", change.option())?;
                }
                Ok(())
            }
        }
    }
}
