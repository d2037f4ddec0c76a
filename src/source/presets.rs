//! Presets that services name, and where they are defined.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Context, Result, bail};

use super::Request;
use super::configuration::nearest;
use crate::config::Config;
use crate::confine::preset_names;
use crate::service::Services;

impl Request {
    /// Searches for a `confinix.toml` only if a preset is neither built in nor defined in Nix. Returns the `confinix.toml` that
    /// was read, if any.
    pub(super) fn define_presets(
        &self,
        services: &mut Services,
        given: Option<Arc<Config>>,
    ) -> Result<Option<Arc<Config>>> {
        let own = preset_names();
        let unknown = |services: &Services| {
            let names = services.undefined_presets().into_iter();
            let unknown: Vec<_> = names.filter(|name| !own.contains(name)).collect();
            unknown.first().map(|name| (*name).to_owned())
        };
        let config = match given {
            None if unknown(services).is_some() => nearest()?,
            given => given,
        };
        let file = config.as_ref().and_then(|config| config.file());
        let none = BTreeMap::new();
        let defined = config.as_ref().map_or(&none, |config| &config.presets);
        if let Some(file) = file {
            services
                .define_presets(defined)
                .with_context(|| format!("cannot use the presets of {file}"))?;
        }
        let Some(name) = unknown(services) else {
            return Ok(config);
        };
        let in_file = match file {
            Some(file) if !defined.is_empty() => {
                let names: Vec<_> = defined.keys().map(String::as_str).collect();
                format!("{} in {file}", names.join(", "))
            }
            Some(file) => format!("none in {file}"),
            None => "one of a confinix.toml ([presets.NAME]; no such file here)".to_owned(),
        };
        bail!(
            "unknown preset {name:?}: expected one of {}, {in_file}, or one defined in Nix (security.confinix.presets)",
            own.join(", ")
        )
    }
}
