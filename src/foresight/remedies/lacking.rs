//! Commands that are not on `PATH`, and what brings them.

use std::collections::BTreeSet;

use anyhow::Result;

use super::search_path::Setter;
use crate::change::{Change, Package};
use crate::finding::Remedy;
use crate::foresight::sight::Sight;
use crate::foresight::trouble::{Lacking, Trouble};
use crate::service::Include;

impl Sight<'_> {
    /// Adds to the troubles about commands what puts these on `PATH`: all at once, since a variable has one value.
    pub(in crate::foresight) fn fix_lacking(&self, troubles: &mut [Trouble]) -> Result<()> {
        let mut wanted = BTreeSet::new();
        let mut elsewhere = Vec::new();
        for trouble in troubles {
            let Some(lacking) = &trouble.lacking else {
                continue;
            };
            let remedies = match self.without_path(lacking)? {
                Some(remedies) => remedies,
                None => match self.package_with(&lacking.command)? {
                    Some(package) => {
                        wanted.insert(package);
                        elsewhere.push(trouble);
                        continue;
                    }
                    None => Vec::new(),
                },
            };
            self.brought_by(trouble, remedies);
        }
        let remedies = if wanted.is_empty() {
            Vec::new()
        } else {
            self.on_path(&Vec::from_iter(wanted))
        };
        for trouble in elsewhere {
            self.brought_by(trouble, remedies.clone());
        }
        Ok(())
    }

    fn brought_by(&self, trouble: &mut Trouble, remedies: Vec<Remedy>) {
        if remedies.is_empty() {
            let has_own = (trouble.lacking.as_ref()).is_some_and(|it| it.own_path.is_some());
            let path = match self.around.environment.path_file() {
                _ if has_own => "the PATH that the script sets".to_owned(),
                Some(file) => format!("the PATH that {file} sets"),
                None => "PATH".to_owned(),
            };
            let needed = ["; add it to the closure and to ", &path];
            trouble.message.extend(needed);
        }
        trouble.remedies.extend(remedies);
    }

    /// What brings a command without a change of the unit's `PATH`; `None` if nothing does.
    fn without_path(&self, lacking: &Lacking) -> Result<Option<Vec<Remedy>>> {
        let command = &lacking.command;
        let own = lacking.own_path.as_ref();
        for dir in own.into_iter().flatten().chain(&lacking.added) {
            if let Some(package) = self.package_at(dir, command)? {
                return Ok(Some(self.taken_in(command, package)));
            }
        }
        let Some(own) = own else {
            for dir in self.around.environment.path().unwrap_or_default() {
                if let Some(package) = self.package_at(&dir, command)? {
                    return Ok(Some(self.included(command, package)));
                }
            }
            return Ok(None);
        };
        let Some(package) = self.package_with(command)? else {
            return Ok(Some(Vec::new()));
        };
        let store = self.inside.store_dir();
        let of_host = own.iter().find(|dir| store.owner(dir).is_none());
        if let Some(dir) = of_host {
            let path = format!("{}/{command}", dir.trim_end_matches('/'));
            return Ok(Some(self.bound_at(&package, command, &path)));
        }
        let name = match (&package.attribute, &package.path) {
            (_, Some(path)) if !self.confined.bundle.source.is_nix() => path.clone(),
            (Some(attribute), _) => format!("${{pkgs.{attribute}}}"),
            (None, Some(path)) => path.clone(),
            (None, None) => return Ok(Some(Vec::new())),
        };
        Ok(Some(vec![Remedy::Script {
            what: "to find it".to_owned(),
            place: "in the script, after its own PATH".to_owned(),
            line: format!("PATH=\"$PATH:{name}/bin\""),
        }]))
    }

    fn taken_in(&self, command: &str, package: Package) -> Vec<Remedy> {
        self.fix(
            "to add it to the closure",
            command,
            &[Change::Packages(vec![package])],
        )
    }

    /// What takes a package into the closure whose directory is on the unit's `PATH` already.
    fn included(&self, command: &str, package: Package) -> Vec<Remedy> {
        let is_nix = self.confined.bundle.source.is_nix();
        let include = match self.setter() {
            _ if !is_nix => Include::Path,
            // Those of `path` that are not asked for stay out.
            _ if package.attribute.is_some() => return self.taken_in(command, package),
            Setter::NixOs => Include::Path,
            Setter::Variable => Include::Environment,
            Setter::Nobody | Setter::ServiceConfig | Setter::File => {
                return self.taken_in(command, package);
            }
        };
        self.fix(
            "to add it to the closure",
            command,
            &[Change::Include(include)],
        )
    }
}
