//! The presets.

use std::collections::BTreeMap;

use anyhow::Result;
use serde::Serialize;

use super::versioned;
use crate::confine::{PRESETS, PresetBind};
use crate::output::PresetList;
use crate::output::presets::shows;
use crate::text::Document;

/// Every preset with the files that it makes visible. The presets of a policy are listed with its file.
pub fn presets(listed: &PresetList) -> Result<Document> {
    let built_in = PRESETS.iter().map(|preset| PresetRow {
        name: preset.name,
        purpose: Some(preset.purpose),
        opens: Some(preset.opens),
        defined_in: None,
        binds: preset.shows().map(Shows::from).collect(),
        environment: preset.environment.iter().copied().collect(),
        packages: Vec::new(),
    });
    let mut presets: Vec<_> = built_in.collect();
    if let Some(own) = listed.own {
        presets.extend(own.presets.iter().map(|(name, preset)| {
            PresetRow {
                name,
                purpose: None,
                opens: None,
                defined_in: Some(own.file.to_owned()),
                binds: shows(preset).map(Shows::from).collect(),
                environment: preset
                    .environment
                    .iter()
                    .map(|(variable, value)| (variable.as_str(), value.text.as_str()))
                    .collect(),
                packages: preset
                    .packages
                    .iter()
                    .map(|package| package.text.as_str())
                    .collect(),
            }
        }));
    }
    versioned(&All { presets })
}

#[derive(Serialize)]
struct All<'a> {
    presets: Vec<PresetRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PresetRow<'a> {
    name: &'a str,
    purpose: Option<&'a str>,
    opens: Option<&'a str>,
    defined_in: Option<String>,
    binds: Vec<Shows>,
    environment: BTreeMap<&'a str, &'a str>,
    packages: Vec<&'a str>,
}

#[derive(Serialize)]
struct Shows {
    source: String,
    target: String,
    writable: bool,
    optional: bool,
}

impl From<PresetBind> for Shows {
    fn from(bind: PresetBind) -> Self {
        Self {
            source: bind.source,
            target: bind.target,
            writable: bind.writable,
            optional: bind.optional,
        }
    }
}
