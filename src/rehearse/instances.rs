//! The instances as which templates are tried.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::files::UnitFiles;
use super::trials::Trials;
use crate::document::{self, Kind};
use crate::service::{Selection, Service, TriggerName, UnitName};
use crate::source::Whole;
use crate::systemd::Specifiers;

/// As many instances of a template are tried, if the user names none.
const MOST: usize = 4;
/// The instance that is made of a template of which nothing names one. A number can also be a port, and a part of a name.
const MADE: &str = "1";
/// What separates a unit's name from other text.
const SEPARATORS: &[char] = &['=', '"', '\'', ',', ';'];

/// The units that are started for services: a template is tried as its instances.
#[derive(Clone, Debug, Default)]
pub struct Instances(BTreeMap<UnitName, Tried>);

/// The instances of a template.
#[derive(Clone, Debug, Default)]
struct Tried {
    units: Vec<UnitName>,
    doubt: Option<Doubt>,
}

/// Why the instance of a template that was made tells little.
#[derive(Clone, Debug)]
enum Doubt {
    /// Its name may not be right.
    Name,
    /// Each connection to this socket starts an instance, and passes itself to it.
    Connection(String),
}

impl Instances {
    /// The instances of the templates in `whole`: those that `selection` names, else those that its units name, else one that is made.
    /// Instances that are services of their own there are not among them.
    pub fn of(whole: &Whole, selection: &Selection) -> Result<Self> {
        let services = &whole.services.services;
        let templates = services.iter().filter(|(name, _)| name.is_template());
        if templates.clone().next().is_none() {
            return Ok(Self::default());
        }
        let files = UnitFiles::of_target(services.iter(), whole)?;
        let mut named = Named::default();
        for directory in whole.units.iter().map(AsRef::as_ref).chain([files.path()]) {
            named.in_directory(directory, true)?;
        }
        let selected: BTreeSet<UnitName> = selection.exact().collect();
        let tried = templates.map(|(template, service)| {
            let of = |names: &BTreeSet<UnitName>| -> Vec<UnitName> {
                let names = names.iter();
                let names = names.filter(|name| name.template().as_ref() == Some(template));
                names
                    .filter(|name| !services.contains_key(*name))
                    .cloned()
                    .collect()
            };
            let mut tried = Tried {
                units: of(&selected),
                doubt: None,
            };
            if tried.units.is_empty() {
                tried.units = of(&named.units);
                tried.units.truncate(MOST);
            }
            if tried.units.is_empty() {
                let made = format!("{}@{MADE}.service", template.prefix());
                tried.units.extend(UnitName::parse(&made).ok());
                tried.doubt = Some(named.doubt(template, service));
            }
            (template.clone(), tried)
        });
        Ok(Self(tried.collect()))
    }

    /// The units that are started for a service: itself, or its instances.
    pub fn units<'a>(&'a self, name: &'a UnitName) -> &'a [UnitName] {
        match self.0.get(name) {
            Some(tried) => &tried.units,
            None => std::slice::from_ref(name),
        }
    }

    /// Whether a service is started by connections, so that nothing can be said of it without one.
    pub fn needs_connection(&self, name: &UnitName) -> bool {
        let doubt = self.0.get(name).and_then(|tried| tried.doubt.as_ref());
        matches!(doubt, Some(Doubt::Connection(_)))
    }

    /// Why a service can't be compared, which behaved so without confinement.
    pub fn why_not(&self, name: &UnitName, control: &Trials) -> String {
        let doubt = self.0.get(name).and_then(|tried| tried.doubt.as_ref());
        if let Some(Doubt::Connection(socket)) = doubt {
            return format!(
                "it can't be tried: each connection to {socket} starts an instance of it, and a rehearsal makes none"
            );
        }
        let accounts = control.iter().map(|(unit, trial)| {
            let account = trial.behaviour.account();
            if unit == name {
                account
            } else {
                format!("as {unit}, {account}")
            }
        });
        let mut phrases: Vec<_> = accounts.collect();
        if doubt.is_some() {
            let prefix = name.prefix();
            phrases.push(format!(
                "nothing names an instance of it: select {prefix}@NAME with one that is right"
            ));
        }
        phrases.join("; ")
    }
}

/// What units name.
#[derive(Debug, Default)]
struct Named {
    units: BTreeSet<UnitName>,
    /// The sockets that start an instance with each connection.
    accepting: BTreeSet<String>,
}

impl Named {
    /// Looks at a directory of units, and at those in it if it `has_more`. What can't be read names nothing.
    fn in_directory(&mut self, directory: &Path, has_more: bool) -> Result<()> {
        for entry in fs::read_dir(directory)? {
            let entry = entry?;
            let path = entry.path();
            let file = entry.file_name();
            let file = file.to_string_lossy();
            let unit = file.strip_suffix(".d").unwrap_or(&file);
            self.take(unit);
            if let Ok(link) = fs::read_link(&path) {
                let target = link.file_name().unwrap_or_default();
                self.take(&target.to_string_lossy());
            }
            if path.is_dir() && has_more {
                self.in_directory(&path, false)?;
            } else if let Ok(text) = document::read(&path, Kind::Unit) {
                self.in_text(unit, &String::from_utf8_lossy(&text));
            }
        }
        Ok(())
    }

    /// Looks at the text of the unit `name`.
    fn in_text(&mut self, name: &str, text: &str) {
        let own = UnitName::parse(name).ok();
        for line in text.lines().filter(|line| !line.starts_with(['#', ';'])) {
            if line.replace(' ', "").to_lowercase() == "accept=yes" {
                self.accepting.insert(name.to_owned());
            }
            let instance = line.trim_start().strip_prefix("DefaultInstance=");
            if let Some((instance, own)) = instance.zip(own.as_ref()) {
                self.take(&format!("{}@{}.service", own.prefix(), instance.trim()));
            }
            for word in line.split(|c: char| c.is_whitespace() || SEPARATORS.contains(&c)) {
                match &own {
                    Some(own) => self.take(&Specifiers::of(own).expanded(word)),
                    None => self.take(word),
                }
            }
        }
    }

    /// Takes the name of a unit, or what a unit of that name starts.
    fn take(&mut self, name: &str) {
        let started = match name.rsplit_once('.') {
            Some((stem, _)) if TriggerName::parse(name).is_ok() => &format!("{stem}.service"),
            _ => name,
        };
        let unit = UnitName::parse(started).ok();
        self.units
            .extend(unit.filter(|unit| unit.template().is_some()));
    }

    /// Why the made instance of a template tells little.
    fn doubt(&self, template: &UnitName, service: &Service) -> Doubt {
        let own = format!("{}.socket", template.prefix());
        let names = service.triggered_by.keys().map(TriggerName::as_str);
        let mut sockets = names.chain([own.as_str()]);
        match sockets.find(|name| self.accepting.contains(*name)) {
            Some(socket) => Doubt::Connection(socket.to_owned()),
            None => Doubt::Name,
        }
    }
}
