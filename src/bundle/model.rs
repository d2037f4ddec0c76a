//! The model of `bundle.json`. `schemas/bundle.schema.json` is its JSON Schema.
//!
//! The fields of every struct are in the order of their JSON names: the seal covers the text that `builtins.toJSON` makes,
//! which sorts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Digest;
use super::hidden::Hidden;
use super::numbered::Written;
use super::uncalled::Uncalled;
use crate::confine::view_id;
use crate::date::Date;
use crate::service::{
    ClosureRoot, ExecSetting, Hide, HideClass, Manager, Mode, Origin, Settings, Source, Strategy,
    Triggers, Unconfined, UnitName, ViewObstacle, unique_keys,
};
use crate::store::{Directories, NarHash, StoreDir, StorePath};
use crate::systemd::{Specifiers, resolved};

/// The version of the bundle that this tool writes and reads.
pub const VERSION: u32 = 3;

/// A whole bundle, without the content of its files.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Bundle {
    /// Every distinct closure, by its id.
    pub closures: BTreeMap<String, Closure>,
    /// Every path of a closure.
    pub paths: BTreeMap<StorePath, BundlePath>,
    /// SHA-256 over the rest, as `builtins.toJSON` writes it; `None` before it is written.
    pub seal: Option<Digest>,
    /// Every confined service.
    pub services: BTreeMap<UnitName, BundleService>,
    /// Where the services are configured.
    pub source: Source,
    /// The store directory of all paths.
    pub store_dir: StoreDir,
    /// The services that are not confined, if the configuration gives reasons.
    pub unconfined: BTreeMap<UnitName, Unconfined>,
    /// The manager that runs the services.
    pub manager: Manager,
    /// The version of this model.
    pub version: u32,
    /// The views of closures, if a service sees one.
    pub view: Option<View>,
}

impl Bundle {
    /// Every file of the bundle but `bundle.json`.
    pub fn files(&self) -> impl Iterator<Item = &BundleFile> {
        let services = self.services.values();
        services
            .map(|service| &service.drop_in)
            .chain(self.view.iter().flat_map(|view| &view.files))
    }

    /// Removes all services but `selected`, the closures and paths that none of these sees, and what is about all services. The rest
    /// is to be looked at, not to be written: its seal and its view are those of all services.
    pub fn retain(&mut self, selected: &BTreeSet<UnitName>) {
        self.services.retain(|name, _| selected.contains(name));
        let used: BTreeSet<_> = self
            .services
            .values()
            .map(|service| &service.closure)
            .collect();
        self.closures.retain(|id, _| used.contains(id));
        let seen: BTreeSet<_> = self
            .closures
            .values()
            .flat_map(|closure| &closure.paths)
            .collect();
        self.paths.retain(|path, _| seen.contains(path));
        self.unconfined.clear();
    }
}

/// A set of paths that services see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closure {
    /// The files that nothing in it calls, by class and path: those that views of it leave out.
    pub hidden: Uncalled,
    /// Sum of the NAR sizes, in bytes.
    pub nar_size: u64,
    /// The paths, sorted.
    pub paths: Vec<StorePath>,
    /// The programs because of which no file of these classes is left out, each with the reason: what they call can't be told.
    pub untold: BTreeMap<String, String>,
}

impl Closure {
    /// What views leave out of a path because nothing calls it, by class.
    pub fn hidden_of<'a>(
        &'a self,
        path: &'a StorePath,
    ) -> impl Iterator<Item = (&'a HideClass, &'a Vec<String>)> {
        let lists = self.hidden.iter();
        lists.filter_map(move |(class, paths)| Some((class, paths.get(path)?)))
    }
}

/// The views of closures, which the host mounts together for the services that see one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Their image, the units that mount it, and a list of the store paths that it shows; sorted by path.
    pub files: Vec<BundleFile>,
    /// The id of the image.
    pub image: String,
}

/// What is known about a path. Only views need its type; for other paths, only symlinks are recorded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundlePath {
    /// The directories below it, if it is a directory in a view.
    #[serde(default)]
    pub directories: Option<Directories>,
    /// The file, if it is a file in a view.
    #[serde(default)]
    pub file: Option<PathFile>,
    /// Its files that a view leaves out, by class.
    #[serde(default, deserialize_with = "unique_keys")]
    pub hidden: Hidden,
    /// The hash of its NAR serialisation.
    pub nar_hash: NarHash,
    /// Size of its NAR serialisation, in bytes.
    pub nar_size: u64,
    /// Its references, sorted; includes itself if it contains its own path.
    pub references: Vec<StorePath>,
    /// The store path that it resolves to, if it is a symlink.
    #[serde(default)]
    pub symlink: Option<String>,
    /// Its immediate target, if it is in a view and that differs from `symlink`.
    #[serde(default)]
    pub target: Option<String>,
    /// Whether `symlink` is a path in the store that does not exist.
    #[serde(default)]
    pub unresolved: bool,
}

/// A store path that is a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathFile {
    /// Whether it can be executed.
    pub executable: bool,
    /// Its size, in bytes.
    pub size: u64,
}

/// A confined service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundleService {
    /// Whether it keeps its unit's own root, in which the closure replaces the store.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopt: bool,
    /// The program that it sees as `/bin/sh`, with all symlinks resolved; `None` if it has no shell there.
    pub bin_sh: Option<String>,
    /// The id of its closure.
    pub closure: String,
    /// The settings of the drop-in, in order, besides the binds of the closure and of /bin/sh.
    pub confinement: Settings,
    /// The definitions of its presets that are not built in, by name.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub definitions: BTreeMap<String, Definition>,
    /// Its drop-in.
    pub drop_in: BundleFile,
    /// Its command lines in force, by Exec setting.
    pub exec: Settings,
    /// The classes of files that its view leaves out.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hide: Hide,
    /// The last day on which its view is to leave out the executables that no run touched. It does not, if [`Self::hide`] lacks them:
    /// then no record was of its closure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hide_unobserved: Option<Date>,
    /// The store paths that it names and that are neither in the contexts of their strings, and so not closure roots, nor in
    /// its closure; sorted by origin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<ClosureRoot>,
    /// Its mode.
    pub mode: Mode,
    /// The number of mounts that show the closure in its root.
    pub mounts: usize,
    /// Whether its view is on a file system of its own, so that what it opens can be observed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub observe: bool,
    /// Where each command line of `exec` is; empty if all are from Nix.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub origins: BTreeMap<String, Vec<Origin>>,
    /// Its presets, in the order of its configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<String>,
    /// If its view leaves out executables: those that its runs touched, by their paths below the store.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ran: BTreeSet<String>,
    /// If its view leaves out executables: whether its runs called /bin/sh; `None` if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ran_bin_sh: Option<bool>,
    /// The store paths that it names itself, sorted by origin.
    pub roots: Vec<ClosureRoot>,
    /// The unit's own settings that confinement or an audit uses.
    pub settings: Settings,
    /// Its strategy.
    pub strategy: Strategy,
    /// The reason for the strategy.
    pub strategy_reason: String,
    /// The number of lines of an Exec setting before the first in force, if not zero: an empty line resets those before it.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub taken_back: BTreeMap<ExecSetting, usize>,
    /// The units that start it, if they are configured with it.
    #[serde(
        default,
        skip_serializing_if = "Triggers::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub triggered_by: Triggers,
    /// The variables of its presets that the unit sets outside `settings`, so the presets don't set them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub variables: BTreeSet<String>,
    /// The known reason why its view does not work on the target machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view_obstacle: Option<ViewObstacle>,
}

impl BundleService {
    /// The command lines of a setting, each with its place.
    pub fn commands(&self, setting: ExecSetting) -> impl Iterator<Item = (Origin, &str)> {
        let first = self.taken_back.get(&setting).copied().unwrap_or_default();
        let origins = self.origins.get(setting.name());
        let lines = self.exec.list(setting.name()).iter().enumerate();
        lines.map(move |(index, line)| {
            let origin = origins.and_then(|origins| origins.get(index)).cloned();
            let counted = Origin::Exec(setting, first.saturating_add(index));
            (origin.unwrap_or(counted), line.as_str())
        })
    }

    /// The name of its view, if it has one: without files to leave out, the id of its closure.
    pub fn view_id(&self) -> String {
        view_id(&self.closure, &self.hide)
    }

    /// The same service, with its settings and commands as systemd reads them for the unit of this name.
    #[must_use]
    pub fn resolved(&self, name: &UnitName) -> Self {
        self.resolved_with(&Specifiers::of(name))
    }

    /// The same with these specifiers.
    #[must_use]
    pub fn resolved_with(&self, specifiers: &Specifiers<'_>) -> Self {
        Self {
            confinement: resolved(&self.confinement, specifiers),
            exec: resolved(&self.exec, specifiers),
            settings: resolved(&self.settings, specifiers),
            ..self.clone()
        }
    }
}

/// What a user-defined preset shows and sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Definition {
    /// Which files of the host it makes visible, as `[-]SOURCE[:TARGET]`.
    pub bind_read_only: Vec<String>,
    /// The variables that it sets unless the unit does.
    #[serde(deserialize_with = "unique_keys")]
    pub environment: BTreeMap<String, String>,
}

/// A file of the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleFile {
    /// Its path in the bundle.
    pub path: String,
    /// The SHA-256 of its content.
    pub sha256: Digest,
}
