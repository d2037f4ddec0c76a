//! The services value, which `nix/services.nix` returns and `--services` reads.

mod check;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use super::{
    Choice, ExecSetting, Hide, HostName, Manager, Mode, Placement, Preset, Run, Settings,
    ShippedFile, Source, SourceString, Triggers, Unconfined, UnitName, UnitPath, unique_keys,
};
use crate::date::Date;
use crate::document::read_json;
use crate::store::StoreDir;

/// The version of the services value that confinix writes. It also reads version 1, which did not distinguish the text of a unit file
/// from a Nix string without context.
pub const VERSION: u32 = 2;

/// The services to confine, as the Nix side hands them over.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Services {
    version: u32,
    /// The manager that runs the services.
    #[serde(default, rename = "user", skip_serializing_if = "Manager::is_system")]
    pub manager: Manager,
    /// The directory of the store whose paths the services name.
    pub store_dir: StoreDir,
    /// The services by unit name.
    #[serde(deserialize_with = "unique_keys")]
    pub services: BTreeMap<UnitName, Service>,
    /// Where they are configured.
    #[serde(default, skip_serializing_if = "Source::is_default")]
    pub source: Source,
    /// The services that are not confined, if the configuration gives reasons.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub unconfined: BTreeMap<UnitName, Unconfined>,
    /// If the configuration confines every service: the names of all that it declares; `None` after the units of packages have been
    /// read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<BTreeSet<String>>,
    /// The name of the system, if it is the only one of a set, or if the flake reference names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The attribute of a plain set whose services are not read, because they are for user managers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
    /// The unit files of a plain set, if they were asked for: of its services, and of what starts these.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub units: BTreeMap<UnitPath, SourceString>,
    /// The names of units of the set that are not among `units`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<String>,
    /// The files of units that packages ship, by service; empty before they have been read.
    #[serde(skip)]
    pub shipped: BTreeMap<UnitName, Vec<ShippedFile>>,
}

/// One service.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Service {
    /// Its command lines, in the order of the unit; an empty one resets earlier ones.
    #[serde(deserialize_with = "unique_keys")]
    pub exec: BTreeMap<ExecSetting, Vec<SourceString>>,
    /// Its settings that confinement or an audit uses.
    pub settings: Settings,
    /// Its options of confinement.
    pub confinement: Confinement,
    /// The packages that may ship its unit or drop-ins for it; empty after these have been read.
    #[serde(default)]
    pub unit_packages: Vec<SourceString>,
    /// How it is merged with the units of these packages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placement: Option<Placement>,
    /// The units that start it, if they are configured with it.
    #[serde(
        default,
        skip_serializing_if = "Triggers::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub triggered_by: Triggers,
}

/// `systemd.services.<name>.confinement`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Confinement {
    /// The mode, which determines the API file systems of the service.
    pub mode: Mode,
    /// Packages that join the closure besides the commands.
    pub packages: Vec<SourceString>,
    /// The program to show as `/bin/sh`.
    pub bin_sh: Option<SourceString>,
    /// The text of the whole unit, if its store paths join the closure.
    pub full_unit: Option<SourceString>,
    /// The strategy; `None` if it is that of all other services.
    #[serde(default)]
    pub strategy: Option<Choice>,
    /// The unit's `path`, if its store paths join the closure. Excluded entries are empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<SourceString>,
    /// The unit's `environment`, if its store paths join the closure.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub environment: BTreeMap<String, SourceString>,
    /// Whether to keep the root directory that the unit sets itself, with the closure in place of the store.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopt: bool,
    /// Whether its view is on a file system of its own, so that what it opens can be observed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub observe: bool,
    /// The classes of files that its view leaves out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hide: Hide,
    /// The last day on which its view leaves out the executables that no run touched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hide_unobserved: Option<Date>,
    /// What its runs touched. None of it is hidden because nothing calls it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Run>,
    /// Whether the configuration confines it only because it confines every service that has commands.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_default: bool,
    /// Its presets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<Preset>,
    /// If it has presets, the variables that the unit sets itself, in any way.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub variables: BTreeSet<String>,
}

impl Services {
    /// Returns these services without checking them.
    pub fn new(store_dir: StoreDir, services: BTreeMap<UnitName, Service>) -> Self {
        Self {
            version: VERSION,
            manager: Manager::default(),
            store_dir,
            services,
            source: Source::default(),
            unconfined: BTreeMap::new(),
            declared: None,
            host: None,
            beside: None,
            units: BTreeMap::new(),
            left_out: Vec::new(),
            shipped: BTreeMap::new(),
        }
    }

    /// Returns the name of the system, if it can be that of a host.
    pub fn named_host(&self) -> Option<HostName> {
        HostName::parse(self.host.as_deref()?).ok()
    }

    /// Reads a services value from JSON. An error names the place.
    pub fn read(input: impl Read) -> Result<Self> {
        let services: Self = read_json(input).context("the JSON is not a services value")?;
        services.accepted()
    }

    /// Checks these services and returns them in the form that confinix writes. Call it on every untrusted value.
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

    /// Checks what the types don't guarantee.
    pub fn check(&self) -> Result<()> {
        ensure!(
            self.version == VERSION,
            "the services value has version {}, expected 1 or {VERSION}: use nix/services.nix of the same release as confinix, or record the services again with `confinix services`",
            self.version
        );
        for (name, service) in &self.services {
            service
                .check(name)
                .with_context(|| format!("{name} can't be confined"))?;
        }
        for (name, unconfined) in &self.unconfined {
            let check = || {
                ensure!(
                    !self.services.contains_key(name),
                    "it is among the services to confine as well"
                );
                unconfined.check()
            };
            check().with_context(|| format!("{name} is wrong in `unconfined`"))?;
        }
        Ok(())
    }
}

impl Service {
    /// Returns the command lines of a setting that are in force, which are those after the last empty one. Each has its index in Nix's
    /// list, which does not count the lines of unit files.
    pub fn commands(&self, setting: ExecSetting) -> impl Iterator<Item = (usize, &SourceString)> {
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

    /// Returns every text whose store paths may be closure roots.
    pub fn texts_mut(&mut self) -> impl Iterator<Item = &mut SourceString> {
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

    /// Returns whether any command line is in force.
    pub fn has_commands(&self) -> bool {
        ExecSetting::ALL
            .into_iter()
            .any(|setting| self.commands(setting).next().is_some())
    }
}
