//! The instances as which templates are tried.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::Result;

use super::accepting::accepting;
use super::files::UnitFiles;
use super::trials::Trials;
use crate::document::{self, Kind};
use crate::service::{Selection, Service, TriggerName, UnitName};
use crate::source::Whole;
use crate::systemd::{Specifiers, section_assignments};

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
            named.in_directory(directory)?;
        }
        // Those of all directories, as systemd would merge them.
        named.accepting = accepting(files.path())?;
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
    /// Looks at a directory of units, and at those in it. What can't be read names nothing.
    fn in_directory(&mut self, directory: &Path) -> Result<()> {
        for entry in fs::read_dir(directory)? {
            let path = entry?.path();
            if !path.is_dir() {
                self.in_file(&path, None);
                continue;
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let unit = name.strip_suffix(".d");
            for entry in fs::read_dir(&path)? {
                self.in_file(&entry?.path(), unit);
            }
        }
        Ok(())
    }

    /// Looks at a drop-in of `unit`, or at the unit that has the name of the file.
    fn in_file(&mut self, path: &Path, unit: Option<&str>) {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let unit = unit.unwrap_or(&file);
        self.take(unit);
        if let Ok(link) = fs::read_link(path) {
            let target = link.file_name().unwrap_or_default();
            self.take(&target.to_string_lossy());
        }
        if let Ok(text) = document::read(path, Kind::Unit) {
            self.in_text(unit, &text);
        }
    }

    /// Looks at the text of the unit `name`.
    fn in_text(&mut self, name: &str, text: &[u8]) {
        let own = UnitName::parse(name).ok();
        let values = |section, setting| {
            let all = section_assignments(text, section).into_iter();
            all.filter(move |(name, _)| name == setting)
                .map(|(_, value)| value)
        };
        if let Some(own) = &own {
            for instance in values("Install", "DefaultInstance") {
                self.take(&format!("{}@{instance}.service", own.prefix()));
            }
        }
        let text = String::from_utf8_lossy(text);
        for line in text.lines().filter(|line| !line.starts_with(['#', ';'])) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::unit::tests::service;

    #[test]
    fn sockets_and_instances_are_read_as_systemd_reads_them() -> Result<()> {
        let dir = tempfile::tempdir()?;
        for (file, text) in [
            ("a.socket", "[Socket]\nAccept = true\n"),
            ("c.socket", "[Unit]\nAccept=yes\n# Accept=yes\n"),
            ("d@.service", "[Install]\nDefaultInstance = one\n"),
            ("e@.service.d/own.conf", "[Install]\nDefaultInstance=two\n"),
            ("f@x.service.d/own.conf", "[Unit]\nWants=g@%i.service\n"),
        ] {
            let file = dir.path().join(file);
            fs::create_dir_all(file.parent().unwrap_or(dir.path()))?;
            fs::write(file, text)?;
        }
        let mut named = Named::default();
        named.in_directory(dir.path())?;
        named.accepting = accepting(dir.path())?;
        let service = service("{}")?;
        for (name, accepts) in [("a", true), ("c", false)] {
            let template = UnitName::parse(&format!("{name}@.service"))?;
            let doubt = named.doubt(&template, &service);
            assert_eq!(matches!(doubt, Doubt::Connection(_)), accepts, "{name}");
        }
        let units: Vec<&str> = named.units.iter().map(UnitName::as_str).collect();
        assert_eq!(
            units,
            [
                "d@one.service",
                "e@two.service",
                "f@x.service",
                "g@x.service"
            ]
        );
        Ok(())
    }
}
