//! Presets: what services commonly need of the host.
//!
//! systemd follows symlinks in the source of a bind when the service starts, through `/etc/static` on NixOS too, and shows the
//! file itself at the target. So files to which NixOS has links are bound one by one: a bound directory would show dangling
//! links. Files that a host lacks are ignored.

mod table;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail, ensure};

pub use table::{BuiltIn, PRESETS};

use crate::service::{Preset, Settings};
use crate::systemd::{all_binds, assigned, assignment, passed, unset};

/// Something of the host that a preset shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresetBind {
    /// The path on the host.
    pub source: String,
    /// The path in the service's root.
    pub target: String,
    /// Whether the service starts without it.
    pub optional: bool,
    /// Whether the service may write to it.
    pub writable: bool,
}

impl PresetBind {
    /// Reads `[-]SOURCE[:TARGET]`.
    pub fn parse(word: &str) -> Result<Self> {
        let (optional, rest) = match word.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        let (source, target) = rest.split_once(':').unwrap_or((rest, rest));
        for path in [source, target] {
            let is_plain = path.starts_with('/')
                && !path
                    .split('/')
                    .skip(1)
                    .any(|part| matches!(part, "" | "." | ".."))
                && !path.contains(|c: char| c == ':' || c.is_control());
            ensure!(
                is_plain,
                "{word:?} is not a valid bind: write [-]/SOURCE[:/TARGET], absolute paths without '.', '..', ':' or a trailing slash"
            );
        }
        Ok(Self {
            source: source.to_owned(),
            target: target.to_owned(),
            optional,
            writable: false,
        })
    }
}

/// The combined effect of a service's presets.
#[derive(Debug, Default)]
pub struct Opened {
    /// What is shown, by target.
    pub binds: Vec<PresetBind>,
    /// The values of `Environment=`, by variable.
    pub environment: Vec<String>,
}

/// Fails if a preset is neither built in nor defined by the user.
pub fn refuse_undefined(presets: &[Preset]) -> Result<()> {
    let mut others = presets.iter().filter(|preset| !is_built_in(&preset.name));
    if let Some(preset) = others.find(|preset| preset.texts().next().is_none()) {
        bail!(
            "unknown preset {:?}: expected one of {}, or one defined in Nix (security.confinix.presets)",
            preset.name,
            names().join(", ")
        );
    }
    Ok(())
}

/// The variables that `presets` set and the unit does not.
pub fn variables(presets: &[Preset]) -> BTreeSet<&str> {
    presets
        .iter()
        .flat_map(|preset| {
            let own = built_in(&preset.name).into_iter();
            let own = own.flat_map(|known| known.environment);
            let defined = preset.environment.keys().map(String::as_str);
            own.map(|(variable, _)| *variable).chain(defined)
        })
        .collect()
}

/// The combined effect of `presets`, less what the unit sets itself, which wins: its settings, and `variables` that it sets
/// elsewhere.
pub fn open(presets: &[Preset], own: &Settings, variables: &BTreeSet<String>) -> Result<Opened> {
    let mut shown: BTreeMap<String, PresetBind> = BTreeMap::new();
    let mut environment: BTreeMap<String, String> = BTreeMap::new();
    for preset in presets {
        let built_in = built_in(&preset.name);
        let is_defined = !preset.bind_read_only.is_empty() || !preset.environment.is_empty();
        ensure!(
            built_in.is_none() || !is_defined,
            "the preset {:?} is built in and can't be redefined: give yours another name",
            preset.name
        );
        for bind in built_in.iter().flat_map(|preset| preset.shows()) {
            shown.entry(bind.target.clone()).or_insert(bind);
        }
        for text in &preset.bind_read_only {
            let bind = PresetBind::parse(&text.text)
                .with_context(|| format!("cannot read the preset {:?}", preset.name))?;
            if let Some(other) = shown.get(&bind.target).filter(|other| **other != bind) {
                bail!(
                    "the preset {:?} shows {} as {}, but {} is already there",
                    preset.name,
                    bind.source,
                    bind.target,
                    other.source
                );
            }
            shown.insert(bind.target.clone(), bind);
        }
        let of_built_in = built_in.iter().flat_map(|preset| preset.environment);
        for (variable, value) in of_built_in {
            environment.insert((*variable).to_owned(), (*value).to_owned());
        }
        for (variable, value) in &preset.environment {
            environment.insert(variable.clone(), value.text.clone());
        }
    }
    for (_, bind) in all_binds(own) {
        shown.remove(&bind.target);
    }
    let (assigned, passed) = (assigned(own), passed(own));
    unset(own, &mut environment);
    Ok(Opened {
        binds: shown.into_values().collect(),
        environment: environment
            .into_iter()
            .filter(|(variable, _)| {
                let is_assigned = variables.contains(variable) || assigned.contains_key(variable);
                !is_assigned && !passed.contains(variable)
            })
            .map(|(variable, value)| assignment(&variable, &value.replace('%', "%%")))
            .collect(),
    })
}

/// Whether a built-in preset has this name.
pub fn is_built_in(name: &str) -> bool {
    built_in(name).is_some()
}

fn built_in(name: &str) -> Option<&'static BuiltIn> {
    PRESETS.iter().find(|preset| preset.name == name)
}

/// The names of the built-in presets.
pub fn names() -> Vec<&'static str> {
    PRESETS.iter().map(|preset| preset.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::SourceString;

    fn opened(presets: &[&str], own: &[(&str, &str)], variables: &[&str]) -> Result<Opened> {
        let presets: Vec<_> = presets.iter().map(|name| Preset::named(*name)).collect();
        let settings = own.iter().copied().collect();
        let variables = variables.iter().map(ToString::to_string).collect();
        open(&presets, &settings, &variables)
    }

    #[test]
    fn the_table_is_sorted_and_holds_what_systemd_can_bind() -> Result<()> {
        assert!(PRESETS.is_sorted_by_key(|preset| preset.name));
        for preset in &PRESETS {
            for word in preset.binds.iter().chain(preset.writable) {
                PresetBind::parse(word)?;
            }
        }
        Ok(())
    }

    #[test]
    fn what_two_presets_show_is_shown_once() -> Result<()> {
        let opened = opened(&["dns", "users"], &[], &[])?;
        let targets: Vec<_> = opened.binds.iter().map(|bind| &bind.target).collect();
        let count = targets
            .iter()
            .filter(|t| **t == "/etc/nsswitch.conf")
            .count();
        assert_eq!(count, 1);
        assert!(opened.binds.iter().all(|bind| bind.optional));
        Ok(())
    }

    #[test]
    fn what_the_unit_has_itself_wins() -> Result<()> {
        let all = opened(&["tls"], &[], &[])?;
        assert_eq!(all.environment.len(), 2);
        let own = [
            ("BindReadOnlyPaths", "/srv/ca:/etc/ssl/certs/ca-bundle.crt"),
            ("Environment", "A=b \"SSL_CERT_FILE=/srv/ca\""),
        ];
        let rest = opened(&["tls"], &own, &["NIX_SSL_CERT_FILE"])?;
        assert!(rest.environment.is_empty());
        for setting in ["PassEnvironment", "UnsetEnvironment"] {
            let rest = opened(&["tls"], &[(setting, "\"SSL_CERT_FILE\"")], &[])?;
            assert_eq!(rest.environment, all.environment[..1], "{setting}");
        }
        assert_eq!(rest.binds.len(), all.binds.len() - 1);
        Ok(())
    }

    #[test]
    fn wrong_presets_are_refused() {
        let mut own = Preset::named("dns");
        own.bind_read_only.push(SourceString::plain("/srv"));
        let mut clash = Preset::named("mine");
        clash
            .bind_read_only
            .push(SourceString::plain("/srv/hosts:/etc/hosts"));
        let mut relative = Preset::named("mine");
        relative.bind_read_only.push(SourceString::plain("srv"));
        let (settings, none) = (Settings::default(), BTreeSet::new());
        assert!(refuse_undefined(&[Preset::named("dsn")]).is_err());
        for presets in [vec![own], vec![Preset::named("dns"), clash], vec![relative]] {
            assert!(open(&presets, &settings, &none).is_err(), "{presets:?}");
        }
    }
}
