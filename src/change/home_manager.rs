//! Writes changes as definitions of home-manager's `systemd.user.services.<name>`, which has the sections of a unit.

use super::nix::definitions;
use super::{Change, Written};
use crate::service::UnitName;
use crate::store::StoreDir;
use crate::text::nix_string;

/// Returns the definitions; `None` if one can't be written: home-manager has no `path`, and a section no `null`.
pub(super) fn write(
    changes: &[Change],
    services: &[&UnitName],
    store: &StoreDir,
) -> Option<Written> {
    let definitions = definitions(changes, store)?;
    let mut lines = Vec::new();
    for service in services {
        let name = nix_string(service.stem());
        for (option, value) in &definitions {
            let (option, value) = of_section(option, value.to_string())?;
            lines.push(format!("systemd.user.services.{name}.{option} = {value};"));
        }
    }
    Some(Written {
        place: "in the home-manager configuration".to_owned(),
        text: lines.join("\n"),
    })
}

/// An option of NixOS as a setting in a section.
fn of_section(option: &str, value: String) -> Option<(String, String)> {
    if option == "serviceConfig" {
        return Some(("Service".to_owned(), value));
    }
    let (group, name) = option.split_once('.')?;
    match group {
        "serviceConfig" => Some((format!("Service.{name}"), value)),
        "confinement" if value.ends_with("null") => None,
        "confinement" => Some((format!("X-Confinement.{name}"), value)),
        // As NixOS writes variables.
        "environment" => {
            let text = value.strip_prefix("lib.mkForce ").unwrap_or(&value);
            let assignment = format!(
                "[ (builtins.toJSON ({} + {text})) ]",
                nix_string(&format!("{}=", name.trim_matches('"')))
            );
            Some(("Service.Environment".to_owned(), assignment))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Value;
    use crate::systemd::Setting;

    #[test]
    fn options_are_settings_of_sections() -> anyhow::Result<()> {
        let write = |changes: &[Change]| -> anyhow::Result<Option<String>> {
            let name = UnitName::parse("sync.service")?;
            let written = write(changes, &[&name], &StoreDir::parse("/nix/store")?);
            Ok(written.map(|written| written.text))
        };
        let off = Change::Set {
            name: Setting::PrivateUsers,
            value: Value::Switch(true),
            is_forced: true,
        };
        let changes = [
            Change::Add(Setting::BindPaths, vec!["/a".into()]),
            Change::Presets(vec!["tls"]),
            Change::Variable("HOME", "/a b".into()),
            off,
        ];
        let lines = [
            r#"systemd.user.services."sync".Service.BindPaths = [ "/a" ];"#,
            r#"systemd.user.services."sync".X-Confinement.presets = [ "tls" ];"#,
            r#"systemd.user.services."sync".Service.Environment = [ (builtins.toJSON ("HOME=" + "/a b")) ];"#,
            r#"systemd.user.services."sync".Service.PrivateUsers = lib.mkForce true;"#,
        ];
        assert_eq!(write(&changes)?, Some(lines.join("\n")));
        assert_eq!(write(&[Change::Shell(None)])?, None);
        assert_eq!(write(&[Change::Path(Vec::new())])?, None);
        Ok(())
    }
}
