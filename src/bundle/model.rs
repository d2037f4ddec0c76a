//! What `bundle.json` holds. `schemas/bundle.schema.json` is its JSON Schema.
//!
//! The fields of every structure stand in the order of their JSON names: the seal is taken over the same text that
//! `builtins.toJSON` makes, which sorts.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::Digest;
use crate::service::{
    ClosureRoot, ExecSetting, Mode, Origin, Settings, Source, Strategy, UnitName, ViewObstacle,
    unique_keys,
};
use crate::store::{NarHash, StoreDir, StorePath};
use crate::systemd::resolved;

/// The version of the bundle that this tool writes and reads.
pub const VERSION: u32 = 2;

/// A whole bundle, but for the drop-ins themselves.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bundle {
    /// Every distinct closure, by its id.
    #[serde(deserialize_with = "unique_keys")]
    pub closures: BTreeMap<String, Closure>,
    /// Every path of a closure.
    #[serde(deserialize_with = "unique_keys")]
    pub paths: BTreeMap<StorePath, BundlePath>,
    /// SHA-256 over the rest, as `builtins.toJSON` writes it; `None` before it is written.
    pub seal: Option<Digest>,
    /// Every confined service.
    #[serde(deserialize_with = "unique_keys")]
    pub services: BTreeMap<UnitName, BundleService>,
    /// Where they are configured.
    #[serde(default)]
    pub source: Source,
    /// The store that all paths lie in.
    pub store_dir: StoreDir,
    /// The version of this model.
    pub version: u32,
}

impl Bundle {
    /// Every file of the bundle but `bundle.json`.
    pub fn files(&self) -> impl Iterator<Item = &BundleFile> {
        let views = self
            .closures
            .values()
            .filter_map(|closure| closure.view.as_ref());
        self.services
            .values()
            .map(|service| &service.drop_in)
            .chain(views.flat_map(|view| &view.files))
    }
}

/// A set of paths that services see.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Closure {
    /// Sum of the NAR sizes, in bytes.
    pub nar_size: u64,
    /// The paths, sorted.
    pub paths: Vec<StorePath>,
    /// The view that shows them, where a service sees them that way.
    #[serde(default)]
    pub view: Option<View>,
}

/// A view of a closure, which the host mounts for the services that see the closure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// Its image, its mount units, and what all views share; sorted by path.
    pub files: Vec<BundleFile>,
    /// Where the host mounts it.
    pub place: String,
}

/// What is known of a path. What it is matters to views alone, which show its kind: of other paths only symlinks are recorded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BundlePath {
    /// Whether it is a directory that a view shows.
    #[serde(default)]
    pub directory: bool,
    /// What file it is, if it is one that a view shows.
    #[serde(default)]
    pub file: Option<PathFile>,
    /// Hash of its NAR serialisation.
    pub nar_hash: NarHash,
    /// Size of its NAR serialisation, in bytes.
    pub nar_size: u64,
    /// What it refers to, sorted; itself too where it holds its own path.
    pub references: Vec<StorePath>,
    /// Where it leads, if it is a symlink.
    #[serde(default)]
    pub symlink: Option<String>,
    /// Its own target, where a view shows it and that is another than `symlink`.
    #[serde(default)]
    pub target: Option<String>,
    /// Whether `symlink` is a path of the store at which nothing of the store was found.
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
    /// Whether its root is the one that its unit has itself, in which the closure has taken the place of the store.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adopt: bool,
    /// The program that it sees as `/bin/sh`, all symlinks followed; none: it has no shell there.
    pub bin_sh: Option<String>,
    /// The id of its closure.
    pub closure: String,
    /// What the drop-in sets, in order, besides the binds of the closure and of /bin/sh.
    pub confinement: Settings,
    /// What its presets are that confinix does not know by itself, by name.
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
    /// The store paths that it names without having them in their strings' contexts, so that they are no roots, and that its closure does
    /// not hold; sorted by origin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<ClosureRoot>,
    /// The mode it asked for.
    pub mode: Mode,
    /// How many mounts put the closure into its root.
    pub mounts: usize,
    /// Where the command lines are, one by one as in `exec`; empty where all are from Nix.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub origins: BTreeMap<String, Vec<Origin>>,
    /// The presets that it has, as it asks for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub presets: Vec<String>,
    /// The store paths it names itself, sorted by origin.
    pub roots: Vec<ClosureRoot>,
    /// The settings that its unit has itself, and that confinement or an audit heeds.
    pub settings: Settings,
    /// How the closure gets into its root.
    pub strategy: Strategy,
    /// Why that way.
    pub strategy_reason: String,
    /// How many lines of an Exec setting come before the first in force, where there are any: an empty line takes back those before it.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub taken_back: BTreeMap<ExecSetting, usize>,
    /// The variables of its presets that the unit sets itself elsewhere than in `settings`, and that the presets so leave alone.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub variables: BTreeSet<String>,
    /// What keeps its view from working on the machine that it is to run on, as far as was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub view_obstacle: Option<ViewObstacle>,
}

impl BundleService {
    /// The command lines of a setting, each with where it is.
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

    /// The same with its settings and commands as systemd will read them of the unit with this name.
    #[must_use]
    pub fn resolved(&self, name: &UnitName) -> Self {
        Self {
            confinement: resolved(&self.confinement, name),
            exec: resolved(&self.exec, name),
            settings: resolved(&self.settings, name),
            ..self.clone()
        }
    }
}

/// What a preset of the user's shows and sets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Definition {
    /// What it shows of the host, as `[-]SOURCE[:TARGET]`.
    pub bind_read_only: Vec<String>,
    /// The variables that it sets where the unit does not.
    #[serde(deserialize_with = "unique_keys")]
    pub environment: BTreeMap<String, String>,
}

/// A file of the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleFile {
    /// Where it stands in the bundle.
    pub path: String,
    /// SHA-256 of its content.
    pub sha256: Digest,
}
