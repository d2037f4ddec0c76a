//! Changes for services that are configured by unit files: a drop-in, a preset of one's own, or options of the command line.

use super::{Change, Expression, Value, Written};
use crate::confine::{PRESETS, PresetBind};
use crate::service::{Include, UnitName};
use crate::text::{shell_word, toml_string};

/// What there is to write, by place.
#[derive(Default)]
struct Parts {
    /// Lines of the unit.
    lines: Vec<String>,
    /// What is to be bound together with packages of the store.
    binds: Vec<String>,
    packages: Vec<String>,
    options: Vec<String>,
}

pub(super) fn write(changes: &[Change], service: &UnitName, subject: &str) -> Option<Written> {
    let mut parts = Parts::default();
    // Commands and binds of the store by a unit join no closure; those of a preset do.
    let has_packages = changes
        .iter()
        .any(|change| matches!(change, Change::Packages(_)));
    for change in changes {
        parts.add(change, has_packages)?;
    }
    let Parts {
        lines,
        binds,
        packages,
        mut options,
    } = parts;
    let preset = preset(service, subject);
    let is_preset = !binds.is_empty() || !packages.is_empty();
    if is_preset {
        options.push(format!("--preset {preset}"));
    }
    let with = match options.as_slice() {
        [] => String::new(),
        options => format!(", with {}", options.join(" ")),
    };
    match (lines.is_empty(), is_preset) {
        (false, false) => Some(Written {
            place: format!(
                "in a drop-in of the unit (systemctl edit {}){with}",
                shell_word(service.as_str())
            ),
            text: format!("[Service]\n{}", lines.join("\n")),
        }),
        (true, true) => {
            let list = |key: &str, values: &[String]| {
                let values: Vec<_> = values.iter().map(|value| toml_string(value)).collect();
                (!values.is_empty()).then(|| format!("\n{key} = [{}]", values.join(", ")))
            };
            let keys = [list("bind-read-only", &binds), list("packages", &packages)];
            Some(Written {
                place: format!("in confinix.toml{with}"),
                text: format!(
                    "[presets.{preset}]{}",
                    keys.into_iter().flatten().collect::<String>()
                ),
            })
        }
        (true, false) if !options.is_empty() => Some(Written {
            place: "on the command line".to_owned(),
            text: options.join(" "),
        }),
        _ => None,
    }
}

impl Parts {
    fn add(&mut self, change: &Change, has_packages: bool) -> Option<()> {
        let line = |name: &str, value: &Expression| {
            let value = value.plain()?;
            // What would need another line can't be pasted as one.
            (!value.contains(char::is_control)).then(|| format!("{name}={value}"))
        };
        match change {
            Change::Add("BindReadOnlyPaths", values) if has_packages => {
                for value in values {
                    self.bind(value)?;
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
                // This takes back the others too.
                self.lines
                    .extend(settings.first().map(|name| format!("{name}=")));
                for name in settings {
                    for value in removal.rest(name) {
                        self.lines.push(line(name, &value)?);
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
                // Quotes would have to be quoted.
                if value.contains(|c: char| c.is_control() || "\"'\\".contains(c)) {
                    return None;
                }
                let value = value.replace('%', "%%");
                self.lines.push(format!("Environment=\"{name}={value}\""));
            }
            Change::Packages(packages) => {
                for package in packages {
                    self.packages.push(package.path.clone()?);
                }
            }
            Change::Shell(Some(program)) => {
                self.bind(&program.clone().then(":/bin/sh"))?;
            }
            // Units have neither.
            Change::Shell(None) | Change::Path(_) => return None,
            Change::Strategy(choice) => {
                self.options
                    .push(format!("--strategy {}", String::from(*choice)));
            }
            Change::Presets(names) => {
                (self.options).extend(names.iter().map(|name| format!("--preset {name}")));
            }
            Change::Include(include) => self.options.push(include_option(*include)),
            Change::Settings(changes) => {
                for change in changes {
                    self.add(change, has_packages)?;
                }
            }
        }
        Some(())
    }

    fn bind(&mut self, value: &Expression) -> Option<()> {
        let word = value.plain()?;
        PresetBind::parse(&word).ok()?;
        self.binds.push(word);
        Some(())
    }
}

fn include_option(include: Include) -> String {
    format!("--include {}", include.name())
}

/// A name for a preset of this service: what the change is about tells it from others.
fn preset(service: &UnitName, subject: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let subject = subject.rsplit('/').find(|part| !part.is_empty());
    let name = format!("{}-{}", service.stem(), subject.unwrap_or("needs"));
    let name: String = name
        .chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .collect();
    if PRESETS.iter().any(|preset| preset.name == name) {
        format!("{name}-needs")
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::super::Package;
    use super::*;

    fn written(changes: &[Change]) -> anyhow::Result<(String, String)> {
        let name = UnitName::parse("a@.service")?;
        let written = write(changes, &name, "/bin/x y");
        Ok(written.map_or_else(Default::default, |written| (written.place, written.text)))
    }

    fn is(place: &str, text: &str) -> (String, String) {
        (place.to_owned(), text.to_owned())
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
                Change::Add("BindPaths", vec!["/a".into(), "/b".into()]),
                Change::Replace("ExecReload", vec![Expression::of(&bash, "/bin/kill 1")]),
                Change::Set {
                    name: "PrivateTmp",
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
                    "BindReadOnlyPaths",
                    vec![Expression::of(&bash, "/bin/bash:/bin/bash")]
                ),
                Change::Packages(vec![bash.clone()]),
            ])?,
            is(
                "in confinix.toml, with --preset a--x-y",
                "[presets.a--x-y]\nbind-read-only = [\"/nix/store/x/bin/bash:/bin/bash\"]\npackages = [\"/nix/store/x\"]"
            )
        );
        let path = Change::Variable("PATH", Expression::of(&bash, "/bin:/c%"));
        assert_eq!(
            written(&[path, Change::Include(Include::Path)])?,
            is(
                &format!("{drop_in}, with --include path"),
                "[Service]\nEnvironment=\"PATH=/nix/store/x/bin:/c%%\""
            )
        );
        assert_eq!(
            written(&[Change::Presets(vec!["tls"])])?,
            is("on the command line", "--preset tls")
        );
        let unknown = Package {
            attribute: Some("bash".to_owned()),
            path: None,
        };
        assert_eq!(written(&[Change::Packages(vec![unknown])])?, is("", ""));
        Ok(())
    }
}
