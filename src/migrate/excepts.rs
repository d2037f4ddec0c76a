//! Services that the user excepts from confinement.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, bail};

use super::body;
use super::file::{Form, Written};
use crate::config::{Config, Policy};
use crate::service::{Service, Services, UnitName};
use crate::text::closest;

/// Services that are excepted on the command line, each with its reason.
#[derive(Clone, Debug, Default)]
pub struct Excepts(BTreeMap<UnitName, String>);

impl Excepts {
    /// Parses `NAME=REASON`.
    pub fn parse(given: &[String]) -> Result<Self> {
        let mut excepts: BTreeMap<UnitName, String> = BTreeMap::new();
        for text in given {
            let (name, reason) = text.split_once('=').unwrap_or((text, ""));
            let reason = reason.split_whitespace().collect::<Vec<_>>().join(" ");
            if reason.is_empty() {
                bail!(
                    "--except {text} has no reason: write --except '{name}=why it is not confined'"
                );
            }
            let unit =
                UnitName::parse(name).or_else(|_| UnitName::parse(&format!("{name}.service")))?;
            if let Some(other) = excepts.insert(unit.clone(), reason.clone())
                && other != reason
            {
                bail!(
                    "--except gives {unit} two reasons, {other:?} and {reason:?}: keep one of them"
                );
            }
        }
        Ok(Self(excepts))
    }

    /// The reason of a service.
    pub fn reason(&self, name: &UnitName) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Fails if an exception of the command line is for a service that is not migrated.
    pub fn check_meant(&self, services: &BTreeMap<UnitName, Service>) -> Result<()> {
        match self.0.keys().find(|name| !services.contains_key(name)) {
            Some(name) => bail!(
                "--except {}: {name} is not migrated, because it runs no program of the store, or --only leaves it out: drop --except",
                name.stem()
            ),
            None => Ok(()),
        }
    }

    /// Fails if an exception of the command line would replace a block that someone edited, in `file`.
    pub fn check_blocks(&self, file: &Path, form: Form, old: &Written) -> Result<()> {
        for name in self.0.keys() {
            let block = old.blocks.get(name);
            if let Some(block) = block.filter(|block| body::is_edited(block, form)) {
                bail!(
                    "{}:{}: the block of {name} was edited, and --except {} would replace it: remove the block, or drop --except",
                    file.display(),
                    block.line,
                    name.stem()
                );
            }
        }
        Ok(())
    }

    /// Fails if an exception, on the command line or in `confinix.toml`, names no service, or contradicts what else that file sets.
    pub fn check(&self, services: &Services, config: &Config) -> Result<()> {
        for (name, reason) in &self.0 {
            if !services.services.contains_key(name) {
                bail!("--except names {name}, {}", unknown(name, services));
            }
            if let Some(options) = config.services.get(name) {
                bail!(
                    "--except {}: {name} has options of confinement at {}: drop one of the two",
                    name.stem(),
                    options.place
                );
            }
            if let Some(other) = config.excepts.get(name)
                && other.reason != *reason
            {
                bail!(
                    "--except {}: {name} is excepted at {} for another reason: drop one of the two",
                    name.stem(),
                    other.place
                );
            }
            refuse_rule(name, &format!("--except {}", name.stem()), &config.policy)?;
        }
        for (name, except) in &config.excepts {
            if !services.services.contains_key(name) {
                bail!(
                    "{}: the exception names {name}, {}",
                    except.place,
                    unknown(name, services)
                );
            }
            refuse_rule(name, &except.place.to_string(), &config.policy)?;
        }
        Ok(())
    }
}

/// Tells that there is no such service.
pub fn unknown(name: &UnitName, services: &Services) -> String {
    match closest(name.stem(), services.services.keys().map(UnitName::stem)) {
        Some(meant) => format!("which is no service there; did you mean {meant}?"),
        None => "which is no service there: correct the name, or remove it".to_owned(),
    }
}

/// Fails if a rule of the policy is for this service by its name: of a service without confinement it would check nothing.
fn refuse_rule(name: &UnitName, place: &str, policy: &Policy) -> Result<()> {
    for rule in &policy.rules {
        for (at, glob) in &rule.services {
            if [name.as_str(), name.stem()].contains(&glob.as_str()) {
                bail!(
                    "{place}: {name} is excepted from confinement, but the rule at {at} is for it: drop one of the two"
                );
            }
        }
    }
    Ok(())
}
