//! Makes changes to a service, as its configuration would.

use std::collections::BTreeMap;

use super::{Change, Value, compatible};
use crate::service::{ExecSetting, Include, Preset, Service, SourceString};
use crate::systemd::{Setting, assigned, assignment};

/// Makes changes to a service. Returns those that were made: of two that exclude each other, only the first.
pub fn apply_all<'a>(
    changes: impl IntoIterator<Item = &'a Change>,
    service: &mut Service,
) -> Vec<Change> {
    let mut list = compatible(changes);
    list.retain(|change| change.apply(service).is_some());
    list
}

impl Change {
    /// Makes this change to a service. `None`, with the service unchanged, if it names a package whose store path is not known, or a
    /// value that one line can't hold.
    pub fn apply(&self, service: &mut Service) -> Option<()> {
        let mut changed = service.clone();
        self.make(&mut changed)?;
        *service = changed;
        Some(())
    }

    fn make(&self, service: &mut Service) -> Option<()> {
        let confinement = &mut service.confinement;
        match self {
            Self::Add(name, values) | Self::Replace(name, values) => {
                let is_reset = values.first().is_some_and(|first| *first == "".into());
                if matches!(self, Self::Replace(..)) && !is_reset {
                    push(service, *name, "");
                }
                for value in values {
                    push(service, *name, &value.plain()?);
                }
            }
            Self::Set { name, value, .. } => match value {
                Value::Switch(is_on) => push(service, *name, if *is_on { "yes" } else { "no" }),
                Value::Text(text) => {
                    if ExecSetting::from_name(name).is_some() {
                        push(service, *name, "");
                    }
                    push(service, *name, &text.plain()?);
                }
            },
            Self::Remove(removal) => {
                let names = removal.settings();
                if let Some(first) = names.first() {
                    push(service, *first, "");
                }
                for name in names {
                    for value in removal.rest(name) {
                        push(service, name, &value.plain()?);
                    }
                }
            }
            Self::Packages(packages) => {
                for package in packages {
                    confinement
                        .packages
                        .push(SourceString::plain(package.path.as_ref()?));
                }
            }
            Self::Path(packages) => {
                let mut path: Vec<String> = variables(service).remove("PATH").into_iter().collect();
                for package in packages {
                    path.push(format!("{}/bin", package.path.as_ref()?));
                }
                set_variable(service, "PATH", &path.join(":"))?;
            }
            Self::Variable(name, value) => set_variable(service, name, &value.plain()?)?,
            Self::Shell(shell) => {
                confinement.bin_sh = match shell {
                    Some(shell) => Some(SourceString::plain(shell.plain()?)),
                    None => None,
                };
            }
            Self::Strategy(choice) => confinement.strategy = Some(*choice),
            Self::Presets(names) => {
                for name in names {
                    let mut present = confinement.presets.iter();
                    if !present.any(|preset| preset.name == *name) {
                        confinement.presets.push(Preset::named(*name));
                    }
                }
            }
            Self::Include(include) => include_variables(service, *include),
            Self::Settings(changes) => {
                changes.iter().try_for_each(|change| change.make(service))?;
            }
        }
        Some(())
    }
}

/// Appends an assignment. Store paths in a command line are those of packages in Nix, which are closure roots.
fn push(service: &mut Service, name: Setting, value: &str) {
    match ExecSetting::from_name(&name) {
        Some(setting) => {
            let lines = service.exec.entry(setting).or_default();
            lines.push(SourceString::plain(value));
        }
        None => service.settings.push(&name, value),
    }
}

fn variables(service: &Service) -> BTreeMap<String, String> {
    assigned(&service.settings)
}

fn set_variable(service: &mut Service, name: &str, value: &str) -> Option<()> {
    if value.contains(char::is_control) {
        return None;
    }
    service
        .settings
        .push(&Setting::Environment, assignment(name, value));
    Some(())
}

/// The store paths that variables of the unit name become closure roots.
fn include_variables(service: &mut Service, include: Include) {
    let variables = variables(service);
    match include {
        Include::Path | Include::PathWithoutSystemd => {
            let path = variables
                .get("PATH")
                .into_iter()
                .flat_map(|path| path.split(':'));
            let is_taken = |entry: &&str| include == Include::Path || !entry.contains("-systemd-");
            service.confinement.path = path.filter(is_taken).map(SourceString::plain).collect();
        }
        Include::Environment => {
            let texts = variables.into_iter().filter(|(name, _)| name != "PATH");
            service.confinement.environment = texts
                .map(|(name, value)| (name, SourceString::plain(value)))
                .collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Expression, Package};
    use crate::service::Services;

    fn service() -> anyhow::Result<Service> {
        let text = r#"{"version":2,"storeDir":"/nix/store","services":{"a.service":{"exec":{},
            "settings":{"Environment":["PATH=/nix/store/x/bin"],"BindPaths":["/a /b"]},
            "confinement":{"mode":"full-apivfs","packages":[],"binSh":null,"fullUnit":null},"unitPackages":[]}}}"#;
        let services: Services = serde_json::from_str(text)?;
        let mut services = services.services.into_values();
        services.next().ok_or_else(|| anyhow::anyhow!("no service"))
    }

    #[test]
    fn changes_are_made_as_the_configuration_makes_them() -> anyhow::Result<()> {
        let mut service = service()?;
        let package = |path: Option<&str>| Package {
            attribute: Some("y".to_owned()),
            path: path.map(str::to_owned),
        };
        let changes = [
            Change::Presets(vec!["dns"]),
            Change::Presets(vec!["dns", "tls"]),
            Change::Add(Setting::BindPaths, vec!["/c".into()]),
            Change::Set {
                name: Setting::PrivateUsers,
                value: Value::Switch(false),
                is_forced: true,
            },
            Change::Path(vec![package(Some("/nix/store/y"))]),
            Change::Packages(vec![package(Some("/nix/store/y"))]),
            Change::Replace(
                Setting::ExecReload,
                vec!["".into(), "/nix/store/y/bin/kill".into()],
            ),
            Change::Shell(Some(Expression::of(
                &package(Some("/nix/store/y")),
                "/bin/sh",
            ))),
        ];
        for change in &changes {
            anyhow::ensure!(change.apply(&mut service).is_some(), "{change:?}");
        }
        assert_eq!(service.settings.list("BindPaths"), ["/a /b", "/c"]);
        assert_eq!(service.settings.boolean("PrivateUsers")?, Some(false));
        assert_eq!(
            variables(&service)["PATH"],
            "/nix/store/x/bin:/nix/store/y/bin"
        );
        let presets = service.confinement.presets.iter();
        assert_eq!(
            presets
                .map(|preset| preset.name.as_str())
                .collect::<Vec<_>>(),
            ["dns", "tls"]
        );
        assert_eq!(service.confinement.packages[0].text, "/nix/store/y");
        let lines = service.exec[&ExecSetting::ExecReload].iter();
        assert_eq!(
            lines.map(|line| line.text.as_str()).collect::<Vec<_>>(),
            ["", "/nix/store/y/bin/kill"]
        );
        assert_eq!(
            service
                .confinement
                .bin_sh
                .as_ref()
                .map(|text| text.text.as_str()),
            Some("/nix/store/y/bin/sh")
        );
        Ok(())
    }

    #[test]
    fn what_can_not_be_made_leaves_the_service_as_it_was() -> anyhow::Result<()> {
        let mut service = service()?;
        let before = service.settings.clone();
        let unknown = Package {
            attribute: Some("y".to_owned()),
            path: None,
        };
        let change = Change::Settings(vec![
            Change::Add(Setting::BindPaths, vec!["/c".into()]),
            Change::Packages(vec![unknown]),
        ]);
        assert_eq!(change.apply(&mut service), None);
        assert_eq!(service.settings, before);
        Ok(())
    }
}
