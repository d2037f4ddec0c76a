//! Changes as lines of a configuration, one for each entry of a list, so that each can have its reason beside it.

use super::nix::{Definition, definitions};
use super::{Change, Site, Table};
use crate::service::Source;
use crate::text::toml_string;

/// One value of an option, or one entry of an option that is a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The option: below `systemd.services.<name>` in Nix; in `confinix.toml` a key of the service, or `bind-read-only` of a preset.
    pub option: String,
    /// The value, as it is written there.
    pub value: String,
    /// Whether the option is a list, of which this is an entry.
    pub is_entry: bool,
}

impl Line {
    /// Whether it sets the same as another: an option with one value, or the same entry of a list.
    pub fn is_same(&self, other: &Self) -> bool {
        self.option == other.option && (!self.is_entry || self.value == other.value)
    }
}

/// The lines of changes, which [`merge`](super::merge) has merged. Fails with the first that can't be written where the service is
/// configured.
pub fn lines(changes: &[Change], site: &Site) -> Result<Vec<Line>, Change> {
    let mut lines = Vec::new();
    for change in changes {
        if let Change::Settings(changes) = change {
            lines.extend(self::lines(changes, site)?);
            continue;
        }
        let of_change = match site.source {
            Source::Nix | Source::HomeManager => in_nix(change, site),
            Source::Units => in_toml(change),
        };
        lines.extend(of_change.ok_or_else(|| change.clone())?);
    }
    Ok(lines)
}

fn in_nix(change: &Change, site: &Site) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    for (option, definition) in definitions(std::slice::from_ref(change), &site.store)? {
        match definition {
            Definition::List(entries) => lines.extend(entries.into_iter().map(|value| Line {
                option: option.clone(),
                value,
                is_entry: true,
            })),
            Definition::Value(value) => lines.push(Line {
                option,
                value,
                is_entry: false,
            }),
        }
    }
    Some(lines)
}

fn in_toml(change: &Change) -> Option<Vec<Line>> {
    let table = Table::of(std::slice::from_ref(change)).ok()?;
    let lists = [
        ("bind-read-only", &table.binds),
        ("packages", &table.packages),
        ("include", &table.include),
        ("presets", &table.presets),
    ];
    let texts = [("bin-sh", &table.bin_sh), ("strategy", &table.strategy)];
    let line = |option: &str, value: &str, is_entry| Line {
        option: option.to_owned(),
        value: toml_string(value),
        is_entry,
    };
    let entries = lists
        .iter()
        .flat_map(|(option, values)| values.iter().map(|value| line(option, value, true)));
    let values = texts
        .iter()
        .filter_map(|(option, value)| Some(line(option, value.as_deref()?, false)));
    Some(entries.chain(values).collect())
}

impl Change {
    /// Each change of a list on its own, so that each can be left out. Those that only work together stay together.
    pub fn alone(self) -> Vec<Self> {
        match self {
            Self::Presets(names) => names
                .into_iter()
                .map(|name| Self::Presets(vec![name]))
                .collect(),
            Self::Packages(packages) => packages
                .into_iter()
                .map(|package| Self::Packages(vec![package]))
                .collect(),
            Self::Add(name, values) => values
                .into_iter()
                .map(|value| Self::Add(name, vec![value]))
                .collect(),
            change => vec![change],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Value;
    use crate::service::Manager;
    use crate::store::StoreDir;
    use crate::systemd::Setting;

    fn written(source: Source, changes: &[Change]) -> anyhow::Result<Vec<String>> {
        let site = Site {
            source,
            manager: Manager::System,
            store: StoreDir::parse("/nix/store")?,
        };
        let lines = lines(changes, &site).map_err(|change| anyhow::anyhow!("{change:?}"))?;
        let told = |line: &Line| {
            let sign = if line.is_entry { "+=" } else { "=" };
            format!("{} {sign} {}", line.option, line.value)
        };
        Ok(lines.iter().map(told).collect())
    }

    #[test]
    fn every_entry_of_a_list_has_a_line() -> anyhow::Result<()> {
        let off = Change::Set {
            name: Setting::PrivateUsers,
            value: Value::Switch(false),
            is_forced: true,
        };
        let changes = [
            Change::Add(
                Setting::BindReadOnlyPaths,
                vec!["/a".into(), "/b \"c\"".into()],
            ),
            Change::Presets(vec!["dns"]),
        ];
        let with_setting = [&changes[..], std::slice::from_ref(&off)].concat();
        assert_eq!(
            written(Source::Nix, &with_setting)?,
            [
                r#"serviceConfig.BindReadOnlyPaths += "/a""#,
                r#"serviceConfig.BindReadOnlyPaths += "/b \"c\"""#,
                r#"confinement.presets += "dns""#,
                "serviceConfig.PrivateUsers = lib.mkForce false",
            ]
        );
        assert_eq!(
            written(Source::Units, &[changes[1].clone()])?,
            [r#"presets += "dns""#]
        );
        assert!(written(Source::Units, &[off]).is_err());
        Ok(())
    }
}
