//! Reads the file.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use toml::de::DeTable;

use super::reader::Reader;
use super::{Except, Place, Places, Policy, ServiceOptions};
use crate::document::{Kind, read_given};
use crate::service::{Preset, UnitName};

const CONFIG_KEYS: &[&str] = &[
    "default", "levels", "presets", "programs", "rule", "services",
];

/// The name of the file to look for.
pub const CONFIG_FILE: &str = "confinix.toml";

/// A `confinix.toml`.
#[derive(Debug, Default)]
pub struct Config {
    /// The policy of audits.
    pub policy: Policy,
    /// The user's presets, by name. They are used to make bundles: an audit sees their effect in the bundle.
    pub presets: BTreeMap<String, Preset>,
    /// The options of services that are read from units.
    pub services: BTreeMap<UnitName, ServiceOptions>,
    /// The services that stay without confinement, with their reasons. `confinix migrate` leaves them out.
    pub excepts: BTreeMap<UnitName, Except>,
}

impl Config {
    /// Returns the file it was read from, as the user named it.
    pub fn file(&self) -> Option<&str> {
        self.policy.file.as_deref()
    }
}

/// Reads the file `path`.
pub fn read_config(path: &Path) -> Result<Config> {
    let context = || format!("cannot read the policy {}", path.display());
    let bytes = match read_given(path, Kind::Policy) {
        Err(error) if error.is_absent() => bail!(
            "cannot read the policy {}: no such file (`confinix init -o FILE` writes one)",
            path.display()
        ),
        read => read.with_context(context)?,
    };
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        Err(error) => {
            let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let file = path.display().to_string();
            let place = Place::of(&file.into(), &before, &(before.len()..before.len()));
            bail!("cannot read the policy: {place}: this is not UTF-8");
        }
    };
    parse_config(&path.display().to_string(), text).context("cannot read the policy")
}

/// Reads `text`, the content of `file`.
pub fn parse_config(file: &str, text: &str) -> Result<Config> {
    let mut reader = Reader {
        places: Places::new(&file.into(), text),
        unknown_keys: Vec::new(),
    };
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(error) => {
            let place = error
                .span()
                .map_or_else(|| Place::start(file), |span| reader.place(&span));
            bail!("{place}: {}", error.message().trim().replace('\n', ", "));
        }
    };
    let mut policy = Policy {
        file: Some(file.to_owned()),
        ..Policy::default()
    };
    let mut presets = BTreeMap::new();
    let (mut services, mut default) = (None, None);
    for (key, value) in table.get_ref() {
        match key.get_ref().as_ref() {
            "levels" => policy.levels = reader.levels(value)?,
            "rule" => {
                for rule in
                    reader.list("rule", "a list of tables, each written as [[rule]]", value)?
                {
                    policy.rules.push(reader.rule(rule)?);
                }
            }
            "services" => services = Some(value),
            "default" => default = Some(value),
            "presets" => presets = reader.presets(value)?,
            "programs" => policy.programs = reader.programs(value)?,
            name => reader.unknown(name, key.span(), "the policy", CONFIG_KEYS),
        }
    }
    policy.unknown_keys = std::mem::take(&mut reader.unknown_keys);
    policy.unknown_keys.sort_by(|a, b| a.place.cmp(&b.place));
    let mut config = Config {
        policy,
        presets,
        ..Config::default()
    };
    // Services may name presets that are defined after them.
    if let Some(value) = services {
        config.services = reader.services_of(value, &config.presets)?;
    }
    if let Some(value) = default {
        config.excepts = reader.excepts(value, &config.services)?;
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::code::{Code, Level};

    #[test]
    fn a_policy_is_read_with_its_places() -> Result<()> {
        let Config { policy, .. } = parse_config(
            "p.toml",
            "# ü\nlevels.shell-present = \"deny\"\n[[rule]]\nservices = [\"web\"]\nmax-paths = 0x10\nreason = \"r\"\n\
             allow = [\"perl\", { package = \"bash\", reason = \"s\", x = 1 }]\n",
        )?;
        assert_eq!(policy.levels.get(&Code::ShellPresent), Some(&Level::Deny));
        let rule = &policy.rules[0];
        let limit = rule
            .max_paths
            .as_ref()
            .map(|limit| (limit.value, limit.place.to_string()));
        assert_eq!(limit, Some((16, "p.toml:5:13".to_owned())));
        let reasons: Vec<_> = rule
            .allow
            .iter()
            .map(|entry| entry.note.reason.as_deref())
            .collect();
        assert_eq!(reasons, [Some("r"), Some("s")]);
        assert_eq!(policy.unknown_keys[0].place.to_string(), "p.toml:7:52");
        Ok(())
    }

    #[test]
    fn presets_are_read_with_their_places() -> Result<()> {
        let path = format!("/nix/store/{}-x/bin/x", "0".repeat(32));
        let text = format!(
            "[presets.mail]\nbind-read-only = [\"-/run/mail:/mail\"]\npackages = [\"{path}\"]\nenvironment.MAIL = \"a b\"\n"
        );
        let Config {
            policy, presets, ..
        } = parse_config("p.toml", &text)?;
        let mail = &presets["mail"];
        assert_eq!(mail.texts().count(), 3);
        assert_eq!(mail.packages[0].text, path);
        assert!(policy.unknown_keys.is_empty());
        for (text, said) in [
            ("presets = 1", "p.toml:1:11: presets must be tables"),
            ("presets.mail = []", "p.toml:1:16: a preset must be a table"),
            (
                "[presets.dns]\npackages = []",
                "p.toml:1:10: the preset \"dns\" is built in",
            ),
            (
                "[presets.\"a b\"]\nenvironment.A = \"\"",
                "p.toml:1:10: \"a b\" is not the name",
            ),
            ("[presets.x]", "p.toml:1:10: the preset x is empty"),
            (
                "[presets.x]\nbind = []",
                "p.toml:2:1: unknown key \"bind\" in [presets.x]; did you mean \"bind-read-only\"?",
            ),
            (
                "[presets.x]\nbind-read-only = [\"/a\", \"b\"]",
                "p.toml:2:25: \"b\" is not a valid bind",
            ),
            (
                "[presets.x]\nbind-read-only = \"/a\"",
                "p.toml:2:18: bind-read-only must be a list",
            ),
            (
                "[presets.x]\npackages = [\"curl\"]",
                "p.toml:2:13: \"curl\" is not a store path",
            ),
            (
                "[presets.x]\nenvironment = { \"A B\" = \"\" }",
                "p.toml:2:17: \"A B\" is not a variable name",
            ),
            (
                "[presets.x]\nenvironment = { A-B = \"\" }",
                "p.toml:2:17: \"A-B\" is not a variable name: use letters, digits and _",
            ),
            (
                "[presets.x]\nenvironment = { A = 1 }",
                "p.toml:2:21: A must be a string",
            ),
            (
                "[presets.x]\nenvironment = { A = \"\\u0007\" }",
                "p.toml:2:21: \"\\u{7}\" contains a control",
            ),
        ] {
            let error = parse_config("p.toml", text)
                .map_or_else(|error| format!("{error:#}"), |_| String::new());
            assert!(error.starts_with(said), "{text}: {error:?}");
        }
        Ok(())
    }

    #[test]
    fn a_setting_that_nothing_is_found_of_is_told_with_its_place() -> Result<()> {
        let policy = |setting: &str| {
            let text = format!("[[rule]]\nallow = [{{ setting = \"{setting}\" }}]");
            parse_config("p.toml", &text)
        };
        policy("PrivateUsers")?;
        policy("BindReadOnlyPaths=/nix/store")?;
        let error = policy("PrivatUsers")
            .err()
            .map(|error| format!("{error:#}"));
        assert_eq!(
            error.as_deref(),
            Some(
                "p.toml:2:22: no finding is about a setting \"PrivatUsers\"; did you mean \"PrivateUsers\"?"
            )
        );
        Ok(())
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_with_a_place(
            text in "(\\[presets.x\\]\n|\\[\\[rule\\]\\]\n|\\[levels\\]\n|services|deny|allow|until|max-size|packages|package|code| = |\\[|\\]|\\{|\\}|\"|,|2026-12-31|1|é|\n|\\PC){0,40}"
        ) {
            if let Err(error) = parse_config("p.toml", &text) {
                prop_assert!(format!("{error:#}").starts_with("p.toml:"), "{error:#}");
            }
        }
    }
}
