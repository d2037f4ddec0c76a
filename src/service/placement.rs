//! Where what a service sets comes to be among the files that its unit is merged of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Context, ExecSetting, Settings, SourceString, UnitName, unique_keys};
use crate::store::StorePath;

/// What decides how a service is merged with the units that packages ship. All default where none of them could matter.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Placement {
    /// When NixOS makes a drop-in of what the service sets.
    #[serde(default, skip_serializing_if = "DropInWhen::is_default")]
    pub drop_in: DropInWhen,
    /// Other names of its unit, whose drop-ins are for it too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<UnitName>,
    /// The template of an instance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<Template>,
    /// The directory with systemd's own units, where the unit may be one of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upstream: Option<SourceString>,
}

impl Placement {
    /// The texts in it.
    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut SourceString> {
        let template = self.template.iter_mut();
        let commands = template.flat_map(|template| template.exec.values_mut().flatten());
        commands.chain(&mut self.upstream)
    }
}

/// When NixOS makes a drop-in (`overrides.conf`) of what a service sets, and not a unit file (`overrideStrategy`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DropInWhen {
    /// Where a package ships a unit of the same name (`asDropinIfExists`).
    #[default]
    Shipped,
    /// Where there is a unit of the same name, or its template: an instance in a plain set.
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

/// What the template of an instance sets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Template {
    /// Its command lines. Where the instance is a drop-in, those of the instance begin with them.
    #[serde(deserialize_with = "unique_keys")]
    pub exec: BTreeMap<ExecSetting, Vec<SourceString>>,
    /// Its settings; the same.
    pub settings: Settings,
    /// Whether NixOS makes a drop-in of it even where no package ships it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_drop_in: bool,
}

/// A line of a unit file that assigns to a setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitLine {
    /// The file: below the directory of units that it was read from (`web.service.d/more.conf`), or below the store, without the hash
    /// of its package (`nginx-1.28/lib/systemd/system/nginx.service`).
    pub file: String,
    /// Which of the file's assignments to the setting it is, from 0.
    pub index: usize,
    /// The context of the package that ships the file: what to realise so that the store has what the line names.
    #[serde(
        default,
        skip_serializing_if = "BTreeMap::is_empty",
        deserialize_with = "unique_keys"
    )]
    pub package: BTreeMap<StorePath, Context>,
}
