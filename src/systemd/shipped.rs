//! Services merged with the units that packages ship for them.
//!
//! If a package ships a unit of a service's name, NixOS writes the service's settings to a drop-in (`overrides.conf`),
//! otherwise to a unit file. The drop-ins of packages apply to both.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context, Result, bail};

use super::linked::{Fragment, Linked, Shipped};
use super::merge::{Assignments, printable};
use super::names::drop_in_directories;
use super::undeclared::look_for_unconfined;
use super::{DROP_IN_NAME, Specifiers, UnitFile};
use crate::service::{DropInWhen, Placement, Service, Services, SourceString, Template, UnitName};
use crate::store::StoreFiles;

/// The drop-in with a service's settings beside the unit of a package (nixpkgs' `generateUnits`).
const OWN_DROP_IN: &str = "overrides.conf";

/// Merges what packages ship for each service with the service's own settings, in the order in which systemd reads a unit and
/// its drop-ins. The packages must be in the store; afterwards, services don't name them any more.
///
/// A service without any command, and a drop-in without a unit, are errors that name service and remedy: systemd ignores them. If the
/// service is only confined by default, it is left out instead. Services that only packages have become unconfined ones. Returns a warning for each drop-in that was skipped.
pub fn add_shipped_units(
    services: &mut Services,
    files: &dyn StoreFiles,
) -> Result<BTreeSet<String>> {
    let mut warnings = BTreeSet::new();
    let dir = services.store_dir.clone();
    // Nearly always all services have one list, which is read once.
    let mut lists = BTreeMap::<Vec<String>, Vec<SourceString>>::new();
    for service in services.services.values() {
        let list = lists.entry(names(&service.unit_packages));
        list.or_insert_with(|| service.unit_packages.clone());
    }
    let mut directories = BTreeMap::new();
    for (names, packages) in &lists {
        let linked = Linked::new(packages, files, &dir);
        let linked = linked.context("cannot read the units that packages ship")?;
        look_for_unconfined(services, &linked)?;
        directories.insert(names, linked);
    }
    services.declared = None;
    services.declared = None;
    let mut idle = Vec::new();
    for (name, service) in &mut services.services {
        let packages = std::mem::take(&mut service.unit_packages);
        let placement = service.placement.take();
        let Some(directory) = directories.get(&names(&packages)) else {
            continue;
        };
        if packages.is_empty() && placement.is_none() {
            continue;
        }
        let placement = &placement.unwrap_or_default();
        let place = Place {
            name,
            directory,
            placement,
        };
        match place.merge(service, &mut warnings) {
            Err(error) if service.confinement.by_default && error.is::<Idle>() => {
                idle.push(name.clone());
            }
            merged => merged?,
        }
    }
    services.services.retain(|name, service| {
        !idle.contains(name) && (service.has_commands() || !service.confinement.by_default)
    });
    Ok(warnings)
}

/// Why a service runs nothing.
#[derive(Debug)]
struct Idle(String);

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Idle {}

fn names(packages: &[SourceString]) -> Vec<String> {
    packages.iter().map(|text| text.text.clone()).collect()
}

/// A file that is merged into a unit.
enum Layer<'a> {
    /// A file of a package.
    Shipped(Shipped<'a>, UnitFile),
    /// The settings of the template.
    Template,
    /// The settings of the service.
    Own,
}

/// A service among the units of packages.
struct Place<'a> {
    name: &'a UnitName,
    directory: &'a Linked<'a>,
    placement: &'a Placement,
}

impl<'a> Place<'a> {
    fn merge(&self, service: &mut Service, warnings: &mut BTreeSet<String>) -> Result<()> {
        let unit = self.unit()?;
        let drop_ins = self.drop_ins(!matches!(unit, Layer::Own), warnings)?;
        let shipped = match &unit {
            Layer::Shipped(file, _) => Some(file.path.clone()),
            _ => None,
        };
        let mut own = Assignments {
            exec: std::mem::take(&mut service.exec),
            settings: std::mem::take(&mut service.settings),
        };
        let template = self.placement.template.as_ref();
        if let Some(template) = template.filter(|_| self.placement.drop_in != DropInWhen::Shipped) {
            own.take_away(&template.exec, &template.settings);
        }
        let mut merged = Assignments::default();
        for layer in std::iter::once(unit).chain(drop_ins.into_values()) {
            match layer {
                Layer::Shipped(file, unit) => {
                    let said = unit.said(&file.path).into_iter();
                    warnings.extend(said.map(|said| format!("warning: {}", printable(&said))));
                    merged.add_file(
                        &self.directory.called(&file.path),
                        unit,
                        &file.package.context.clone().unwrap_or_default(),
                    );
                }
                Layer::Own => merged.add(std::mem::take(&mut own)),
                Layer::Template => merged.add(template.map(assignments).unwrap_or_default()),
            }
        }
        service.exec = merged.exec;
        service.settings = merged.settings;
        if service.has_commands() {
            return Ok(());
        }
        match shipped {
            Some(file) => bail!(Idle(format!(
                "{} has no Exec line, and neither has {}",
                self.name,
                file.display()
            ))),
            None => bail!(Idle(format!(
                "{} has no Exec line{}",
                self.name,
                self.where_to_look()?
            ))),
        }
    }

    /// The unit file, to which drop-ins add.
    fn unit(&self) -> Result<Layer<'a>> {
        if let Some(unit) = self.shipped(self.name)? {
            return Ok(unit);
        }
        if self.placement.drop_in == DropInWhen::Shipped {
            return Ok(Layer::Own);
        }
        if let Some(unit) = self.shipped_template()? {
            return Ok(unit);
        }
        match (&self.placement.template, self.placement.drop_in) {
            (Some(template), _) if !template.is_drop_in => Ok(Layer::Template),
            (_, DropInWhen::Always) => bail!(Idle(format!(
                "{} is only a drop-in (overrideStrategy = \"asDropin\"){}",
                self.name,
                self.where_to_look()?
            ))),
            _ => Ok(Layer::Own),
        }
    }

    fn shipped_template(&self) -> Result<Option<Layer<'a>>> {
        let template = self.name.template();
        template.map_or(Ok(None), |template| self.shipped(&template))
    }

    /// The unit file that a package ships under this name.
    fn shipped(&self, name: &UnitName) -> Result<Option<Layer<'a>>> {
        let mut found = self.read(self.directory.fragment(name.as_str(), &self.specifiers()))?;
        if let (Fragment::Missing | Fragment::Dangling(_), Some(directory)) =
            (&found, &self.placement.upstream)
        {
            let shipped = Shipped {
                path: [directory.text.as_str(), name.as_str()].iter().collect(),
                package: directory,
            };
            found = self.read(self.directory.look(&shipped, &self.specifiers()))?;
        }
        match found {
            Fragment::Unit(file, unit) => Ok(Some(Layer::Shipped(file, unit))),
            Fragment::Masked(path) => bail!(Idle(format!(
                "{name} is masked and runs nothing: {} is empty or a link to /dev/null; remove its package from systemd.packages, or leave the service unconfined",
                path.display()
            ))),
            Fragment::Dangling(_) | Fragment::Missing => Ok(None),
        }
    }

    /// The drop-ins by file name, of packages and of NixOS.
    fn drop_ins(
        &self,
        own_is_one: bool,
        warnings: &mut BTreeSet<String>,
    ) -> Result<BTreeMap<String, Layer<'a>>> {
        let own = own_is_one.then(|| format!("{}.d", self.name));
        let template = match &self.placement.template {
            Some(template) if template.is_drop_in || self.shipped_template()?.is_some() => {
                self.name.template().map(|template| format!("{template}.d"))
            }
            _ => None,
        };
        let aliases = self.placement.aliases.iter();
        let mut places: Vec<String> = std::iter::once(self.name)
            .chain(aliases)
            .flat_map(|name| drop_in_directories(name.as_str()))
            .collect();
        places.push("service.d".to_owned());
        let mut found = BTreeMap::new();
        for place in places {
            for (made, layer) in [(&own, Layer::Own), (&template, Layer::Template)] {
                if made.as_ref() == Some(&place) {
                    found.entry(OWN_DROP_IN.to_owned()).or_insert(layer);
                }
            }
            for (file, shipped) in self.read(self.directory.drop_ins(&place, warnings))? {
                if file == DROP_IN_NAME || found.contains_key(&file) {
                    continue;
                }
                // An empty one hides others of its name.
                let unit = self
                    .read(self.directory.read(&shipped, &self.specifiers()))?
                    .unwrap_or_default();
                found.insert(file, Layer::Shipped(shipped, unit));
            }
        }
        Ok(found)
    }

    fn specifiers(&self) -> Specifiers<'a> {
        Specifiers::of(self.name)
    }

    fn read<T>(&self, result: Result<T>) -> Result<T> {
        result.with_context(|| {
            format!(
                "cannot read what packages ship for {} (correct the package, or remove it from systemd.packages)",
                self.name
            )
        })
    }

    /// Where no unit was found, and what to do.
    fn where_to_look(&self) -> Result<String> {
        let name = self.name;
        if let Fragment::Dangling(path) =
            self.directory.fragment(name.as_str(), &self.specifiers())?
        {
            return Ok(format!(
                ", and {} links to something outside the store: correct the package, or set serviceConfig.ExecStart",
                path.display()
            ));
        }
        if self.placement.drop_in == DropInWhen::Shipped && self.shipped_template()?.is_some() {
            return Ok(format!(
                ", and replaces its template: set systemd.services.{:?}.overrideStrategy = \"asDropin\", so it adds to it",
                name.stem()
            ));
        }
        Ok(format!(
            ", and none of the packages in systemd.packages ships it: set serviceConfig.ExecStart, or add its package (looked in {})",
            self.directory.packages().join(", ")
        ))
    }
}

fn assignments(template: &Template) -> Assignments {
    Assignments {
        exec: template.exec.clone(),
        settings: template.settings.clone(),
    }
}
