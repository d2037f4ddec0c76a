//! Units that packages ship.

use anyhow::{Context, Result, bail};

use crate::service::{Services, Text, UnitName};
use crate::store::StoreFiles;
use crate::unit::{UNIT_DIRS, UnitFile};

/// Reads the units of services that have no command line of their own from the packages that may ship them, and puts their command
/// lines and settings before what the service sets itself, as systemd reads a unit and then its drop-ins.
/// A unit that none of the packages ships is an error: systemd ignores the drop-ins of a unit that does not exist.
pub fn add_shipped_units(services: &mut Services, files: &dyn StoreFiles) -> Result<()> {
    for (name, service) in &mut services.services {
        if service.has_commands() {
            continue;
        }
        let (path, text) = find(name, &service.unit_packages, files)?.with_context(|| {
            let packages: Vec<_> = service.unit_packages.iter().map(|text| text.text.as_str()).collect();
            format!(
                "{name} has no Exec line, and none of the packages in systemd.packages ships it: set serviceConfig.ExecStart, or add its package (looked in {})",
                packages.join(", ")
            )
        })?;
        let unit = UnitFile::parse(&text).with_context(|| format!("could not read {path}"))?;
        if unit.exec.is_empty() {
            bail!("{name} has no Exec line: there is none in {path} either");
        }
        for (setting, line) in unit.exec {
            service
                .exec
                .entry(setting)
                .or_default()
                .push(Text::plain(line));
        }
        service.settings = unit.settings.followed_by(&service.settings);
    }
    Ok(())
}

/// The unit file of `name`, or of the template that it is an instance of.
fn find(
    name: &UnitName,
    packages: &[Text],
    files: &dyn StoreFiles,
) -> Result<Option<(String, String)>> {
    for name in [Some(name.clone()), name.template()].into_iter().flatten() {
        for package in packages {
            for directory in UNIT_DIRS {
                let path = format!("{}/{directory}/{name}", package.text);
                if let Some(content) = files.read(&path)? {
                    let text = String::from_utf8(content)
                        .with_context(|| format!("could not read {path}: it is not UTF-8"))?;
                    return Ok(Some((path, text)));
                }
            }
        }
    }
    Ok(None)
}
