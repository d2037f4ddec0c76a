//! A service among the units of packages.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use anyhow::{Context, Result, bail};

use super::super::linked::{Fragment, Linked, Shipped};
use super::super::merge::{Assignments, printable};
use super::super::names::drop_in_directories;
use super::super::{DROP_IN_NAME, Specifiers, UnitFile};
use crate::service::{DropInWhen, Placement, Service, ShippedFile, Template, UnitName};

/// The drop-in with a service's settings beside the unit of a package (nixpkgs' `generateUnits`).
const OWN_DROP_IN: &str = "overrides.conf";

/// Why a service runs nothing.
#[derive(Debug)]
pub struct Idle(String);

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Idle {}

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
pub struct Place<'a> {
    pub name: &'a UnitName,
    pub directory: &'a Linked<'a>,
    pub placement: &'a Placement,
}

impl<'a> Place<'a> {
    /// Merges the files of packages into the service's settings. Returns the files.
    pub fn merge(
        &self,
        service: &mut Service,
        warnings: &mut BTreeSet<String>,
    ) -> Result<Vec<ShippedFile>> {
        let (unit, of_template) = self.unit()?;
        let drop_ins = self.drop_ins(!matches!(unit, Layer::Own), warnings)?;
        let files = self.files(&unit, of_template, &drop_ins);
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
            return Ok(files);
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

    /// The files of packages among these, each with the place where it belongs.
    fn files(
        &self,
        unit: &Layer,
        of_template: bool,
        drop_ins: &BTreeMap<String, Layer>,
    ) -> Vec<ShippedFile> {
        let template = self.name.template().filter(|_| of_template);
        let unit_name = template.as_ref().unwrap_or(self.name).to_string();
        let places = drop_ins
            .iter()
            .map(|(file, layer)| (format!("{}.d/{file}", self.name), layer));
        let all = std::iter::once((unit_name, unit)).chain(places);
        all.filter_map(|(place, layer)| match layer {
            Layer::Shipped(shipped, _) => Some(ShippedFile {
                place,
                file: shipped.path.clone(),
            }),
            _ => None,
        })
        .collect()
    }

    /// The unit file, to which drop-ins add, and whether it is that of the template.
    fn unit(&self) -> Result<(Layer<'a>, bool)> {
        if let Some(unit) = self.shipped(self.name)? {
            return Ok((unit, false));
        }
        if self.placement.drop_in == DropInWhen::Shipped {
            return Ok((Layer::Own, false));
        }
        if let Some(unit) = self.shipped_template()? {
            return Ok((unit, true));
        }
        match (&self.placement.template, self.placement.drop_in) {
            (Some(template), _) if !template.is_drop_in => Ok((Layer::Template, false)),
            (_, DropInWhen::Always) => bail!(Idle(format!(
                "{} is only a drop-in (overrideStrategy = \"asDropin\"){}",
                self.name,
                self.where_to_look()?
            ))),
            _ => Ok((Layer::Own, false)),
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
