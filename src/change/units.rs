//! Writes changes for services that are configured by unit files: a drop-in, and the service's table in `confinix.toml`.

use super::table::Table;
use super::{Change, Expression, Value, Written};
use crate::service::UnitName;
use crate::systemd::Setting;
use crate::text::shell_word;

/// The two parts of the text to write.
#[derive(Default)]
struct Parts {
    /// Lines for the drop-in.
    lines: Vec<String>,
    /// Options for `confinix.toml`.
    table: Option<Table>,
}

pub(super) fn write(changes: &[Change], services: &[&UnitName], subject: &str) -> Option<Written> {
    let mut parts = Parts::default();
    // A bind of a unit adds nothing to the closure, but a bind of a preset does.
    let has_packages = changes
        .iter()
        .any(|change| matches!(change, Change::Packages(_)));
    for change in changes {
        parts.add(change, has_packages)?;
    }
    let Parts { lines, table } = parts;
    if lines.is_empty() {
        let table = table?;
        let texts = services.iter().map(|service| table.text(service, subject));
        return Some(Written {
            place: "in confinix.toml".to_owned(),
            text: texts.collect::<Vec<_>>().join("\n\n"),
        });
    }
    let joined = |words: &dyn Fn(&UnitName) -> String, between: &str| {
        let words: Vec<_> = services.iter().map(|service| words(service)).collect();
        words.join(between)
    };
    let with = match table {
        Some(table) => format!(
            ", with {} under {} in confinix.toml",
            table.lines()?.join(" and "),
            joined(&Table::name, " and ")
        ),
        None => String::new(),
    };
    let units = if services.len() > 1 {
        "each unit"
    } else {
        "the unit"
    };
    Some(Written {
        place: format!(
            "in a drop-in of {units} (systemctl edit {}){with}",
            joined(&|service| shell_word(service.as_str()), " ")
        ),
        text: format!("[Service]\n{}", lines.join("\n")),
    })
}

impl Parts {
    fn add(&mut self, change: &Change, has_packages: bool) -> Option<()> {
        let line = |name: &Setting, value: &Expression| {
            let value = value.plain()?;
            // A value with a line break or the like can't be pasted as one line.
            (!value.contains(char::is_control)).then(|| format!("{name}={value}"))
        };
        match change {
            Change::Add(Setting::BindReadOnlyPaths, values) if has_packages => {
                for value in values {
                    self.table.get_or_insert_default().bind(value)?;
                }
            }
            Change::Add(name, values) => {
                for value in values {
                    self.lines.push(line(name, value)?);
                }
            }
            Change::Replace(name, values) => {
                self.lines.push(format!("{name}="));
                for value in values {
                    self.lines.push(line(name, value)?);
                }
            }
            Change::Remove(removal) => {
                let settings = removal.settings();
                // An empty assignment to one setting resets the others too.
                self.lines
                    .extend(settings.first().map(|name| format!("{name}=")));
                for name in settings {
                    for value in removal.rest(name) {
                        self.lines.push(line(&name, &value)?);
                    }
                }
            }
            Change::Set { name, value, .. } => self.lines.push(match value {
                Value::Switch(true) => format!("{name}=yes"),
                Value::Switch(false) => format!("{name}=no"),
                Value::Text(text) => line(name, text)?,
            }),
            Change::Variable(name, value) => {
                let value = value.plain()?;
                // Such a value would need escapes.
                if value.contains(|c: char| c.is_control() || "\"'\\".contains(c)) {
                    return None;
                }
                let value = value.replace('%', "%%");
                self.lines.push(format!("Environment=\"{name}={value}\""));
            }
            Change::Packages(_)
            | Change::Shell(_)
            | Change::Strategy(_)
            | Change::Presets(_)
            | Change::Include(_) => self.table.get_or_insert_default().add(change)?,
            // Only NixOS has this option. In a unit it would be a change to PATH.
            Change::Path(_) => return None,
            Change::Settings(changes) => {
                for change in changes {
                    self.add(change, has_packages)?;
                }
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::Package;
    use super::*;
    use crate::service::Include;

    fn written(changes: &[Change]) -> anyhow::Result<(String, String)> {
        let name = UnitName::parse("a@.service")?;
        let written = write(changes, &[&name], "/bin/x y");
        Ok(written.map_or_else(Default::default, |written| (written.place, written.text)))
    }

    fn is(place: &str, text: &str) -> (String, String) {
        (place.to_owned(), text.to_owned())
    }

    #[test]
    fn one_change_of_several_services_is_one_text() -> anyhow::Result<()> {
        let (a, b) = (UnitName::parse("a.service")?, UnitName::parse("b.service")?);
        let written = |changes: &[Change]| {
            let written = write(changes, &[&a, &b], "x");
            written.map(|written| (written.place, written.text))
        };
        let bind = Change::Add(Setting::BindPaths, vec!["/a".into()]);
        assert_eq!(
            written(&[bind, Change::Presets(vec!["dns"])]),
            Some(is(
                "in a drop-in of each unit (systemctl edit a.service b.service), with presets = [\"dns\"] under [services.a] and [services.b] in confinix.toml",
                "[Service]\nBindPaths=/a"
            ))
        );
        assert_eq!(
            written(&[Change::Presets(vec!["dns"])]),
            Some(is(
                "in confinix.toml",
                "[services.a]\npresets = [\"dns\"]\n\n[services.b]\npresets = [\"dns\"]"
            ))
        );
        Ok(())
    }

    #[test]
    fn changes_are_written_where_units_have_them() -> anyhow::Result<()> {
        let bash = Package {
            attribute: Some("bash".to_owned()),
            path: Some("/nix/store/x".to_owned()),
        };
        let drop_in = "in a drop-in of the unit (systemctl edit a@.service)";
        assert_eq!(
            written(&[
                Change::Add(Setting::BindPaths, vec!["/a".into(), "/b".into()]),
                Change::Replace(
                    Setting::ExecReload,
                    vec![Expression::of(&bash, "/bin/kill 1")]
                ),
                Change::Set {
                    name: Setting::PrivateTmp,
                    value: Value::Switch(true),
                    is_forced: false
                },
            ])?,
            is(
                drop_in,
                "[Service]\nBindPaths=/a\nBindPaths=/b\nExecReload=\nExecReload=/nix/store/x/bin/kill 1\nPrivateTmp=yes"
            )
        );
        assert_eq!(
            written(&[
                Change::Add(
                    Setting::BindReadOnlyPaths,
                    vec![Expression::of(&bash, "/bin/bash:/bin/bash")]
                ),
                Change::Packages(vec![bash.clone()]),
            ])?,
            is(
                "in confinix.toml",
                "[presets.a--x-y]\nbind-read-only = [\"/nix/store/x/bin/bash:/bin/bash\"]\n\n\
                 [services.\"a@\"]\npackages = [\"/nix/store/x\"]\npresets = [\"a--x-y\"]"
            )
        );
        let path = Change::Variable("PATH", Expression::of(&bash, "/bin:/c%"));
        assert_eq!(
            written(&[path, Change::Include(Include::Path)])?,
            is(
                &format!(
                    "{drop_in}, with include = [\"path\"] under [services.\"a@\"] in confinix.toml"
                ),
                "[Service]\nEnvironment=\"PATH=/nix/store/x/bin:/c%%\""
            )
        );
        assert_eq!(
            written(&[Change::Presets(vec!["tls"])])?,
            is("in confinix.toml", "[services.\"a@\"]\npresets = [\"tls\"]")
        );
        let unknown = Package {
            attribute: Some("bash".to_owned()),
            path: None,
        };
        assert_eq!(written(&[Change::Packages(vec![unknown])])?, is("", ""));
        Ok(())
    }
}
