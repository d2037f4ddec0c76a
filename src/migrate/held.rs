//! What a block that was rehearsed still holds for.

use std::collections::BTreeMap;

use super::block::short_digest;
use super::decision::{Decision, Entry};
use crate::service::{ExecSetting, Service};

/// The digest of a service without its confinement, and without the settings that these lines set: it is the same whether they are in effect
/// or not. Store paths are in its commands, so an update of the service or of what it depends on changes it.
pub fn identity(service: &Service, decision: &Decision) -> String {
    let entries: &[Entry] = match decision {
        Decision::Confined { entries, .. } => entries,
        Decision::Out { .. } => &[],
    };
    let is_set = |setting: &str| {
        entries.iter().any(|entry| {
            let option = entry.line.option.as_str();
            let is_environment = option == "path" || option.starts_with("environment.");
            option.strip_prefix("serviceConfig.") == Some(setting)
                || is_environment && setting == "Environment"
        })
    };
    let commands: BTreeMap<&str, Vec<&str>> = ExecSetting::ALL
        .iter()
        .filter(|setting| !is_set(setting.name()))
        .map(|setting| {
            let lines = service
                .commands(*setting)
                .map(|(_, line)| line.text.as_str());
            (setting.name(), lines.collect())
        })
        .collect();
    let settings: BTreeMap<&str, &[String]> = service
        .settings
        .iter()
        .filter(|(setting, _)| !is_set(setting))
        .collect();
    let mut text = Vec::new();
    for (name, values) in &commands {
        for value in values {
            text.push(format!("{name}={value:?}"));
        }
    }
    for (name, values) in &settings {
        for value in *values {
            text.push(format!("{name}={value:?}"));
        }
    }
    short_digest(text.join("\n").as_bytes())
}
