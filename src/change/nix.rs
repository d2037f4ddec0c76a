//! Writes changes as definitions of `systemd.services.<name>`.

use std::collections::BTreeSet;
use std::fmt;

use super::expression::Part;
use super::told::include_option;
use super::{Change, Expression, Package, Site, Value, Written};
use crate::service::{Include, Manager, UnitName};
use crate::store::{StoreDir, mentions};
use crate::systemd::Setting;
use crate::text::{nix_attr, nix_string};

pub(super) fn write(changes: &[Change], services: &[&UnitName], site: &Site) -> Option<Written> {
    let set = match site.manager {
        Manager::System => "systemd.services",
        Manager::User => "systemd.user.services",
    };
    let definitions = definitions(changes, &site.store)?;
    let mut lines = Vec::new();
    for service in services {
        let name = nix_string(service.stem());
        for (option, value) in &definitions {
            lines.push(format!("{set}.{name}.{option} = {value};"));
        }
    }
    Some(Written {
        place: "in the NixOS configuration".to_owned(),
        text: lines.join("\n"),
    })
}

/// What an option is defined as.
pub(super) enum Definition {
    /// A list of these, which is joined with other definitions of the option.
    List(Vec<String>),
    /// This expression.
    Value(String),
}

impl fmt::Display for Definition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List(items) => {
                f.write_str("[")?;
                for item in items {
                    write!(f, " {item}")?;
                }
                f.write_str(" ]")
            }
            Self::Value(value) => f.write_str(value),
        }
    }
}

/// Returns the options and their definitions; `None` if a package has neither a name nor a path.
pub(super) fn definitions(changes: &[Change], dir: &StoreDir) -> Option<Vec<(String, Definition)>> {
    let mut definitions = Vec::new();
    for change in changes {
        let Change::Remove(removal) = change else {
            definitions.push(definition(change, dir)?);
            continue;
        };
        for name in removal.settings() {
            let change = if removal.loses(name) {
                Change::Replace(name, removal.rest(name))
            } else {
                Change::Add(name, removal.added_to(name))
            };
            if !matches!(&change, Change::Add(_, added) if added.is_empty()) {
                definitions.push(definition(&change, dir)?);
            }
        }
    }
    Some(definitions)
}

/// Returns one option and its definition.
fn definition(change: &Change, dir: &StoreDir) -> Option<(String, Definition)> {
    let setting = |name: &Setting| format!("serviceConfig.{name}");
    let force = |is_forced: bool| if is_forced { "lib.mkForce " } else { "" };
    let text = |expression: &Expression| string(expression, dir);
    let list = |values: &[Expression]| {
        Some(Definition::List(
            values.iter().map(text).collect::<Option<_>>()?,
        ))
    };
    let (option, value) = match change {
        Change::Add(name, values) => return Some((setting(name), list(values)?)),
        Change::Replace(name, values) => (setting(name), format!("lib.mkForce {}", list(values)?)),
        Change::Set {
            name,
            value,
            is_forced,
        } => {
            let value = match value {
                Value::Switch(is_on) => is_on.to_string(),
                Value::Text(value) => text(value)?,
            };
            (setting(name), format!("{}{value}", force(*is_forced)))
        }
        Change::Packages(packages) => {
            return Some(("confinement.packages".to_owned(), names(packages)?));
        }
        Change::Path(packages) => return Some(("path".to_owned(), names(packages)?)),
        // NixOS sets PATH itself. HOME is set only where nothing else does.
        Change::Variable(name, value) => (
            format!("environment.{}", nix_attr(name)),
            format!("{}{}", force(*name != "HOME"), text(value)?),
        ),
        Change::Shell(program) => {
            let program = match program {
                Some(program) => text(program)?,
                None => "null".to_owned(),
            };
            // If /bin/sh is missing, the service usually sets this option to null, and this value has to override that.
            (
                "confinement.binSh".to_owned(),
                format!("lib.mkForce {program}"),
            )
        }
        Change::Strategy(choice) => (
            "confinement.strategy".to_owned(),
            nix_string(&String::from(*choice)),
        ),
        Change::Presets(presets) => {
            let presets = presets.iter().map(|name| nix_string(name)).collect();
            return Some(("confinement.presets".to_owned(), Definition::List(presets)));
        }
        Change::Include(include) => (
            format!("confinement.{}", include_option(*include)),
            match include {
                Include::Path | Include::Environment => "true".to_owned(),
                Include::PathWithoutSystemd => nix_string(include.name()),
            },
        ),
        // `definitions` writes the entries that remain.
        Change::Remove(_) => return None,
        Change::Settings(changes) => {
            let mut lines = String::new();
            for (option, value) in definitions(changes, dir)? {
                let name = option.strip_prefix("serviceConfig.")?;
                lines.extend(["  ", name, " = ", &value.to_string(), ";\n"]);
            }
            ("serviceConfig".to_owned(), format!("{{\n{lines}}}"))
        }
    };
    Some((option, Definition::Value(value)))
}

fn names(packages: &[Package]) -> Option<Definition> {
    let names = packages.iter().map(in_list);
    Some(Definition::List(names.collect::<Option<_>>()?))
}

fn in_list(package: &Package) -> Option<String> {
    Some(match (&package.attribute, &package.path) {
        (Some(name), _) => attribute(name),
        (None, Some(path)) => with_context(&nix_string(path), &BTreeSet::from([path.clone()])),
        (None, None) => return None,
    })
}

fn attribute(name: &str) -> String {
    let parts: Vec<_> = name.split('.').map(nix_attr).collect();
    format!("pkgs.{}", parts.join("."))
}

/// Returns a string with these store paths as its context. Without it, their text alone is not a reference to them.
fn with_context(string: &str, paths: &BTreeSet<String>) -> String {
    let context = paths
        .iter()
        .map(|path| format!("{}.path = true; ", nix_string(path)));
    format!(
        "(builtins.appendContext {string} {{ {}}})",
        context.collect::<String>()
    )
}

/// Returns a Nix string that evaluates to the text and refers to the store paths in it.
fn string(expression: &Expression, dir: &StoreDir) -> Option<String> {
    let mut string = String::from("\"");
    let mut paths = BTreeSet::new();
    for (index, part) in expression.0.iter().enumerate() {
        let text = match part {
            Part::Text(text) => text,
            Part::Package(Package {
                attribute: Some(name),
                ..
            }) => {
                string.extend(["${", &attribute(name), "}"]);
                continue;
            }
            Part::Package(package) => package.path.as_ref()?,
        };
        for mention in mentions(text, dir) {
            paths.insert(format!(
                "{}/{}-{}",
                dir.as_str(),
                mention.hash,
                mention.name
            ));
        }
        let quoted = nix_string(text);
        let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
        let goes_on = expression.0.get(index + 1).is_some();
        match text.strip_suffix('$') {
            // This '$' would escape the '$' that follows.
            Some(before) if goes_on && !before.ends_with('\\') => {
                string.push_str(before);
                string.push_str("\\$");
            }
            _ => string.push_str(text),
        }
    }
    string.push('"');
    Some(if paths.is_empty() {
        string
    } else {
        with_context(&string, &paths)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Source;
    use crate::systemd::Setting;

    #[test]
    fn changes_are_definitions_of_nix() -> anyhow::Result<()> {
        let named = |name: &str| Package {
            attribute: Some(name.to_owned()),
            path: None,
        };
        let path = format!("/nix/store/{}-x", "0".repeat(32));
        let stored = Package {
            attribute: None,
            path: Some(path.clone()),
        };
        let site = Site {
            source: Source::Nix,
            manager: Manager::System,
            store: StoreDir::parse("/nix/store")?,
        };
        let (bash, tools) = (named("bash"), named("util-linux.bin"));
        let written = |changes: &[Change]| -> anyhow::Result<String> {
            let name = UnitName::parse("a@.service")?;
            let written = write(changes, &[&name], &site).map(|written| written.text);
            Ok(written.unwrap_or_default())
        };
        let kill = Expression::of(&tools, "/bin/kill ${A} \"$B\" $");
        assert_eq!(
            written(&[Change::Replace(Setting::ExecReload, vec![kill.then("c")])])?,
            r#"systemd.services."a@".serviceConfig.ExecReload = lib.mkForce [ "${pkgs.util-linux.bin}/bin/kill \${A} \"$B\" \$c" ];"#
        );
        assert_eq!(
            written(&[
                Change::Add(Setting::BindReadOnlyPaths, vec!["/a".into()]),
                Change::Packages(vec![bash.clone(), stored.clone()]),
                Change::Set {
                    name: Setting::PrivateTmp,
                    value: Value::Switch(true),
                    is_forced: true
                },
                Change::Variable("PATH", Expression::of(&stored, ":/b")),
            ])?
            .replace(&path, "P")
            .lines()
            .map(|line| line.trim_start_matches("systemd.services.\"a@\"."))
            .collect::<Vec<_>>(),
            [
                r#"serviceConfig.BindReadOnlyPaths = [ "/a" ];"#,
                r#"confinement.packages = [ pkgs.bash (builtins.appendContext "P" { "P".path = true; }) ];"#,
                "serviceConfig.PrivateTmp = lib.mkForce true;",
                r#"environment.PATH = lib.mkForce (builtins.appendContext "P:/b" { "P".path = true; });"#,
            ]
        );
        Ok(())
    }
}
