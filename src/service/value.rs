//! The services value: what `nix/services.nix` yields and `--services` reads.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use anyhow::{Context as _, Result, bail, ensure};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::{Choice, ExecSetting, Placement, Preset, Settings, Source, Text, UnitName};
use crate::document::read_json;
use crate::store::StoreDir;

/// The version of the services value that this tool writes. It reads version 1 too, which did not tell the text of a unit file from a
/// Nix string without context.
pub const VERSION: u32 = 2;

/// Every service to confine, as the Nix side hands them over.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Services {
    version: u32,
    /// The store that the services' texts name.
    pub store_dir: StoreDir,
    /// The services by unit name.
    #[serde(deserialize_with = "unique_keys")]
    pub services: BTreeMap<UnitName, Service>,
    /// Where they are configured.
    #[serde(default, skip_serializing_if = "Source::is_nix")]
    pub source: Source,
}

/// One service.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// Its command lines, in the order of the unit; an empty one takes back those before it.
    #[serde(deserialize_with = "unique_keys")]
    pub exec: BTreeMap<ExecSetting, Vec<Text>>,
    /// The settings it has that confinement or an audit heeds.
    pub settings: Settings,
    /// What it asks of confinement.
    pub confinement: Confinement,
    /// The packages that may ship its unit, or drop-ins for it; none once these have been read.
    #[serde(default)]
    pub unit_packages: Vec<Text>,
    /// How it is merged with what they ship.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
}

/// `systemd.services.<name>.confinement`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Confinement {
    /// How much of the API file systems the service gets.
    pub mode: Mode,
    /// What joins the closure besides the commands.
    pub packages: Vec<Text>,
    /// The program to show as `/bin/sh`.
    pub bin_sh: Option<Text>,
    /// The text of the whole unit, where its store paths are to join the closure.
    pub full_unit: Option<Text>,
    /// How the closure is to get into the root; none: as all other services do.
    #[serde(default)]
    pub strategy: Option<Choice>,
    /// The unit's `path`, where its store paths are to join the closure; empty in place of what is left out of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Text>,
    /// The unit's `environment`, where its store paths are to join the closure.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub environment: BTreeMap<String, Text>,
    /// Whether the root directory that the unit has itself stays, and the closure takes the place of the store in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopt: bool,
    /// The presets it is to have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<Preset>,
    /// Where it has presets: the variables that the unit sets itself, in whatever way.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub variables: BTreeSet<String>,
}

/// `confinement.mode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", try_from = "String")]
pub enum Mode {
    /// Private /dev, /proc, /sys, /tmp and users.
    FullApivfs,
    /// A root directory and nothing more.
    ChrootOnly,
}

impl Mode {
    /// The name as options have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::FullApivfs => "full-apivfs",
            Self::ChrootOnly => "chroot-only",
        }
    }
}

impl TryFrom<String> for Mode {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let known = [Self::FullApivfs, Self::ChrootOnly];
        let named = known.into_iter().find(|mode| mode.name() == text);
        named.ok_or_else(|| {
            format!("{text:?} is not a mode of confinement: there are full-apivfs and chroot-only")
        })
    }
}

impl Services {
    /// These services, not yet checked.
    pub fn new(store_dir: StoreDir, services: BTreeMap<UnitName, Service>) -> Self {
        Self {
            version: VERSION,
            store_dir,
            services,
            source: Source::default(),
        }
    }

    /// Reads a services value from JSON. The error names the place.
    pub fn read(input: impl Read) -> Result<Self> {
        let services: Self = read_json(input).context("the JSON is not a services value")?;
        services.accepted()
    }

    /// These services as this tool writes them; an error where they are not what a services value may be. To be called on every value
    /// that comes from outside.
    pub fn accepted(mut self) -> Result<Self> {
        if self.version == 1 {
            let texts = self.services.values_mut().flat_map(Service::texts_mut);
            for text in texts {
                text.context = text.context.take().filter(|context| !context.is_empty());
            }
            self.version = VERSION;
        }
        self.check()?;
        Ok(self)
    }

    /// What the types don't say.
    pub fn check(&self) -> Result<()> {
        ensure!(
            self.version == VERSION,
            "the services value has version {}, but this confinix reads versions 1 and {VERSION}: take nix/services.nix from the same release as the tool, or record the services again with `confinix services`",
            self.version
        );
        for (name, service) in &self.services {
            service
                .check(name)
                .with_context(|| format!("{name} can't be confined"))?;
        }
        Ok(())
    }
}

impl Service {
    /// The command lines of a setting that are in force: those after the last empty one, with their index in the list that Nix has, in
    /// which those of unit files do not count.
    pub fn commands(&self, setting: ExecSetting) -> impl Iterator<Item = (usize, &Text)> {
        let lines = self.exec.get(&setting).map_or(&[][..], Vec::as_slice);
        let start = lines
            .iter()
            .rposition(|line| line.text.is_empty())
            .map_or(0, |reset| reset + 1);
        let counted = lines.iter().scan(0, |index, line| {
            let own = *index;
            *index += usize::from(line.line.is_none());
            Some((own, line))
        });
        counted.skip(start)
    }

    /// Every text whose store paths may be roots.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut Text> {
        let confinement = &mut self.confinement;
        let presets = confinement.presets.iter_mut().flat_map(Preset::texts_mut);
        let placement = self.placement.iter_mut().flat_map(Placement::texts_mut);
        self.exec
            .values_mut()
            .flatten()
            .chain(&mut confinement.packages)
            .chain(&mut confinement.bin_sh)
            .chain(&mut confinement.full_unit)
            .chain(&mut confinement.path)
            .chain(confinement.environment.values_mut())
            .chain(presets)
            .chain(&mut self.unit_packages)
            .chain(placement)
    }

    /// Whether a command line is in force.
    pub fn has_commands(&self) -> bool {
        ExecSetting::ALL
            .into_iter()
            .any(|setting| self.commands(setting).next().is_some())
    }

    /// Fails where it can't be confined, whatever is asked for.
    pub(crate) fn check(&self, name: &UnitName) -> Result<()> {
        let may_be_shipped = !self.unit_packages.is_empty()
            || matches!(&self.placement, Some(placement) if placement.upstream.is_some());
        if !self.has_commands() && !may_be_shipped {
            bail!(
                "it has no Exec line: set systemd.services.{:?}.serviceConfig.ExecStart, or list the package that ships {name} in systemd.packages",
                name.stem()
            );
        }
        let texts = self
            .exec
            .values()
            .flatten()
            .chain(&self.confinement.packages)
            .chain(&self.confinement.bin_sh)
            .chain(&self.confinement.full_unit)
            .chain(&self.confinement.path)
            .chain(self.confinement.environment.values())
            .chain(self.confinement.presets.iter().flat_map(Preset::texts))
            .map(|text| text.text.as_str());
        let settings = self
            .settings
            .iter()
            .flat_map(|(_, values)| values)
            .map(String::as_str);
        for text in texts.chain(settings) {
            // A unit file can't carry them, and Nix versions write them differently in JSON.
            if let Some(control) = text
                .chars()
                .find(|c| c.is_control() && !"\n\t".contains(*c))
            {
                bail!("{text:?} holds the control character {control:?}: take it out");
            }
        }
        for preset in &self.confinement.presets {
            preset.check()?;
        }
        for variable in self.confinement.environment.keys() {
            ensure!(
                is_variable(variable),
                "environment holds {variable:?}, which is not the name of a variable"
            );
        }
        if let Some(bin_sh) = &self.confinement.bin_sh {
            ensure!(
                bin_sh.text.starts_with('/') && !bin_sh.text.chars().any(char::is_control),
                "binSh is {:?}, which is not an absolute path: give the program's path or null",
                bin_sh.text
            );
            // systemd passes over a mount whose source has such a component.
            ensure!(
                !bin_sh
                    .text
                    .split('/')
                    .any(|part| matches!(part, "." | "..")),
                "binSh is {:?}, with a '.' or '..' in it: give the program's path without",
                bin_sh.text
            );
        }
        Ok(())
    }
}

/// Whether this can be the name of a variable of the environment.
pub(crate) fn is_variable(name: &str) -> bool {
    !name.is_empty()
        && !name.contains(|c: char| "=\"'\\%".contains(c) || c.is_control() || c.is_whitespace())
}

/// Whether systemd takes this for the name of a variable (`env_name_is_valid`); what it does not, it ignores.
pub(crate) fn is_assignable(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Reads a map and refuses a key that stands twice, of which JSON readers silently keep one.
pub(crate) fn unique_keys<'de, D, K, V>(deserializer: D) -> Result<BTreeMap<K, V>, D::Error>
where
    D: Deserializer<'de>,
    K: Deserialize<'de> + Ord + std::fmt::Debug,
    V: Deserialize<'de>,
{
    struct Unique<K, V>(std::marker::PhantomData<(K, V)>);
    impl<'de, K, V> Visitor<'de> for Unique<K, V>
    where
        K: Deserialize<'de> + Ord + std::fmt::Debug,
        V: Deserialize<'de>,
    {
        type Value = BTreeMap<K, V>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut entries = BTreeMap::new();
            while let Some(key) = map.next_key::<K>()? {
                if entries.contains_key(&key) {
                    return Err(serde::de::Error::custom(format!("duplicate key {key:?}")));
                }
                let value = map.next_value()?;
                entries.insert(key, value);
            }
            Ok(entries)
        }
    }
    deserializer.deserialize_map(Unique(std::marker::PhantomData))
}
