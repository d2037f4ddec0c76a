//! The position of a service's own settings among the files that systemd merges into its unit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Context, ExecSetting, Settings, SourceString, UnitName, unique_keys};
use crate::store::StorePath;

/// The properties that determine how a service is merged with the units that packages ship. All have their default if none can matter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Placement {
    /// When NixOS writes the service's settings as a drop-in.
    #[serde(default, skip_serializing_if = "DropInWhen::is_default")]
    pub drop_in: DropInWhen,
    /// Aliases of its unit, whose drop-ins also apply to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<UnitName>,
    /// The template, if the service is an instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// The directory with systemd's own units, if the unit may be one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<SourceString>,
}

impl Placement {
    /// Returns the texts in it.
    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut SourceString> {
        let template = self.template.iter_mut();
        let commands = template.flat_map(|template| template.exec.values_mut().flatten());
        commands.chain(&mut self.upstream)
    }
}

/// When NixOS writes a service's settings as a drop-in (`overrides.conf`) instead of a unit file (`overrideStrategy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DropInWhen {
    /// If a package ships a unit of the same name (`asDropinIfExists`).
    #[default]
    Shipped,
    /// If a unit of the same name or its template exists: an instance in a plain set.
    Found,
    /// Always (`asDropin`).
    Always,
}

impl DropInWhen {
    #[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// The template of an instance.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Template {
    /// Its command lines. If the instance is a drop-in, the instance's command lines start with them.
    #[serde(deserialize_with = "unique_keys")]
    pub exec: BTreeMap<ExecSetting, Vec<SourceString>>,
    /// Its settings, to which the same applies.
    pub settings: Settings,
    /// Whether NixOS writes it as a drop-in even if no package ships it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_drop_in: bool,
}

/// An assignment in a unit file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitLine {
    /// The file, relative to its directory of units (`web.service.d/more.conf`), or relative to the store and without the hash of its
    /// package (`nginx-1.28/lib/systemd/system/nginx.service`).
    pub file: String,
    /// The index among the file's assignments to the setting, from 0.
    pub index: usize,
    /// The context of the package that ships the file: realising it adds the paths that the line names to the store.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub package: BTreeMap<StorePath, Context>,
}
