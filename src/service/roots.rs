//! The store paths that a service names itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context as _, Result, bail};
use rayon::prelude::*;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::context::named;
use super::{ExecSetting, Service, Services, SourceString, UnitName};
use crate::store::{StoreDir, StorePath};

/// Where a service names a closure root.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// A command line, by its index in the setting's list.
    Exec(ExecSetting, usize),
    /// A command line of a unit file ([`super::UnitLine`]), by the file and the index in it.
    UnitExec(String, ExecSetting, usize),
    /// `confinement.packages`, by index.
    Package(usize),
    /// `confinement.binSh`.
    BinSh,
    /// The text of the whole unit (`confinement.fullUnit`).
    Unit,
    /// `path`, by index.
    Path(usize),
    /// A variable of `environment`.
    Environment(String),
    /// A preset, by name.
    Preset(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exec(setting, index) => write!(f, "{}[{index}]", setting.name()),
            Self::UnitExec(file, setting, index) => {
                write!(f, "{file}:{}[{index}]", setting.name())
            }
            Self::Package(index) => write!(f, "packages[{index}]"),
            Self::BinSh => f.write_str("binSh"),
            Self::Unit => f.write_str("unit"),
            Self::Path(index) => write!(f, "path[{index}]"),
            Self::Environment(variable) => write!(f, "environment.{variable}"),
            Self::Preset(name) => write!(f, "presets.{name}"),
        }
    }
}

impl Origin {
    /// The origin of the command line with this index in the list of all command lines.
    pub fn command(setting: ExecSetting, index: usize, command: &SourceString) -> Self {
        match &command.line {
            Some(line) => Self::UnitExec(line.file.clone(), setting, line.index),
            None => Self::Exec(setting, index),
        }
    }

    /// The option of `systemd.services.<name>` that names the closure root, or the place in a unit file.
    pub fn option(&self) -> String {
        match self {
            Self::UnitExec(file, setting, index) => {
                format!("{}[{index}] in {file}", setting.name())
            }
            Self::Exec(..) => format!("serviceConfig.{self}"),
            Self::Package(_) | Self::BinSh | Self::Preset(_) => format!("confinement.{self}"),
            Self::Unit => "confinement.fullUnit".to_owned(),
            Self::Path(_) | Self::Environment(_) => self.to_string(),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text {
            "binSh" => return Some(Self::BinSh),
            "unit" => return Some(Self::Unit),
            _ => {}
        }
        if let Some(variable) = text.strip_prefix("environment.") {
            return (!variable.is_empty()).then(|| Self::Environment(variable.to_owned()));
        }
        if let Some(preset) = text.strip_prefix("presets.") {
            return (!preset.is_empty()).then(|| Self::Preset(preset.to_owned()));
        }
        if let Some((file, assignment)) = text.rsplit_once(':') {
            let Self::Exec(setting, index) = Self::parse(assignment)? else {
                return None;
            };
            let is_file = !file.is_empty() && !file.chars().any(char::is_control);
            return is_file.then(|| Self::UnitExec(file.to_owned(), setting, index));
        }
        let (name, index) = text.strip_suffix(']')?.split_once('[')?;
        let index = index.parse().ok()?;
        match name {
            "packages" => Some(Self::Package(index)),
            "path" => Some(Self::Path(index)),
            name => Some(Self::Exec(ExecSetting::from_name(name)?, index)),
        }
    }
}

impl Serialize for Origin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("{text:?} is not an origin")))
    }
}

/// A store path that a service names itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosureRoot {
    /// Where the service names it.
    pub origin: Origin,
    /// The store path.
    pub path: StorePath,
}

/// The closure roots of a service, with what Nix has to realise for them.
#[derive(Debug, Default)]
pub struct Mentioned {
    /// Sorted by origin, then path.
    pub roots: BTreeSet<ClosureRoot>,
    /// The store paths that the same texts name without having them in their context.
    pub bare: BTreeSet<ClosureRoot>,
    /// For each closure root, what the contexts of the strings that name it ask Nix to realise: `<drv>!<outputs>`, or a path.
    pub installables: BTreeMap<StorePath, BTreeSet<String>>,
}

/// The closure roots of all services, by service.
#[derive(Debug)]
pub struct ClosureRoots(BTreeMap<UnitName, Mentioned>);

impl ClosureRoots {
    /// Computes the closure roots of these services.
    pub fn of_all(services: &Services) -> Result<Self> {
        let all: Vec<_> = services
            .services
            .par_iter()
            .map(|(name, service)| {
                let mentioned = mentioned(service, &services.store_dir)
                    .with_context(|| format!("cannot read the closure roots of {name}"))?;
                Ok((name.clone(), mentioned))
            })
            .collect();
        // Of several errors, the first by service name, so that the order of threads does not matter.
        Ok(Self(all.into_iter().collect::<Result<_>>()?))
    }

    /// The closure roots of one service.
    pub fn of(&self, name: &UnitName) -> Result<&Mentioned> {
        self.0
            .get(name)
            .with_context(|| format!("the closure roots of {name} are missing"))
    }

    /// The closure roots of each service.
    pub fn iter(&self) -> impl Iterator<Item = (&UnitName, &Mentioned)> {
        self.0.iter()
    }
}

/// The closure roots of `service`, as in nixpkgs' confinement module: the store paths that are both in the text and in the
/// context of its commands, packages, `/bin/sh` and, if it sets so, `path`, `environment`, presets and the whole unit. For unit
/// files, only the text counts.
pub fn mentioned(service: &Service, dir: &StoreDir) -> Result<Mentioned> {
    let mut mentioned = Mentioned::default();
    for (origin, text) in texts(service) {
        if let Some(placeholder) = placeholder(text) {
            bail!(
                "{origin} names the output of a content-addressed derivation, whose path is not known before it is built ({placeholder}): build it first and name its path"
            );
        }
        let Some(named) = named(text, dir)? else {
            bail!(
                "{origin} names several paths that may be outputs of one derivation, and the services don't identify them: record services and graph again with this version"
            );
        };
        for path in named.roots {
            mentioned
                .installables
                .entry(path.clone())
                .or_default()
                .extend(text.installables());
            mentioned.roots.insert(ClosureRoot {
                origin: origin.clone(),
                path,
            });
        }
        let bare = named.bare.into_iter().map(|path| ClosureRoot {
            origin: origin.clone(),
            path,
        });
        mentioned.bare.extend(bare);
    }
    Ok(mentioned)
}

fn texts(service: &Service) -> impl Iterator<Item = (Origin, &SourceString)> {
    let exec = ExecSetting::ALL.into_iter().flat_map(|setting| {
        service
            .commands(setting)
            .map(move |(index, text)| (Origin::command(setting, index, text), text))
    });
    let confinement = &service.confinement;
    let packages = confinement
        .packages
        .iter()
        .enumerate()
        .map(|(index, text)| (Origin::Package(index), text));
    exec.chain(packages)
        .chain(confinement.bin_sh.iter().map(|text| (Origin::BinSh, text)))
        .chain(
            confinement
                .full_unit
                .iter()
                .map(|text| (Origin::Unit, text)),
        )
        .chain(
            confinement
                .path
                .iter()
                .enumerate()
                .map(|(index, text)| (Origin::Path(index), text)),
        )
        .chain(
            confinement
                .environment
                .iter()
                .map(|(variable, text)| (Origin::Environment(variable.clone()), text)),
        )
        .chain(confinement.presets.iter().flat_map(|preset| {
            let texts = preset.texts();
            texts.map(|text| (Origin::Preset(preset.name.clone()), text))
        }))
}

/// Nix writes `/` and 52 characters of base 32 for a path that it does not know yet (`hashPlaceholder`).
pub(super) fn placeholder(text: &SourceString) -> Option<&str> {
    const LEN: usize = 53;
    let mut elements = text.context.iter().flat_map(BTreeMap::values);
    if elements.all(|element| element.outputs.is_empty()) {
        return None;
    }
    let is_digit = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.text.match_indices('/').find_map(|(at, _)| {
        let candidate = text.text.get(at..at + LEN)?;
        let ends = text
            .text
            .as_bytes()
            .get(at + LEN)
            .is_none_or(|byte| !is_digit(byte) && *byte != b'-');
        (ends && candidate.bytes().skip(1).all(|byte| is_digit(&byte))).then_some(candidate)
    })
}

#[cfg(test)]
mod tests;
