//! `[default.except.NAME]`: services that stay without confinement, each with its reason.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

use super::reader::{Reader, Value, table_named, unknown_key};
use super::service::unit_name;
use super::{Place, ServiceOptions};
use crate::service::UnitName;

/// A service that stays without confinement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Except {
    /// Where it is.
    pub place: Place,
    /// Why.
    pub reason: String,
}

impl Reader<'_> {
    /// Reads `[default]`. A service can't have options of confinement and be excepted from it.
    pub(super) fn excepts(
        &self,
        value: &Value,
        services: &BTreeMap<UnitName, ServiceOptions>,
    ) -> Result<BTreeMap<UnitName, Except>> {
        let mut excepts: BTreeMap<UnitName, Except> = BTreeMap::new();
        for (key, value) in self.table("default", "a table", value)? {
            let name = key.get_ref();
            if name != "except" {
                let told = unknown_key(name, "[default]", &["except"]);
                bail!("{}: {told}", self.place(&key.span()));
            }
            let expected = "tables, each written as [default.except.NAME]";
            for (key, value) in self.table("except", expected, value)? {
                let place = self.place(&key.span());
                let name = unit_name(key.get_ref())
                    .map_err(|error| anyhow::anyhow!("{place}: {error:#}"))?;
                let except = self.except(key.get_ref(), place, value)?;
                if let Some(options) = services.get(&name) {
                    bail!(
                        "{}: {name} is excepted from confinement, and has options of it at {}: drop one of the two",
                        except.place,
                        options.place
                    );
                }
                if let Some(other) = excepts.insert(name.clone(), except.clone()) {
                    bail!(
                        "{}: {name} is already excepted at {}: keep one of the two",
                        except.place,
                        other.place
                    );
                }
            }
        }
        Ok(excepts)
    }

    fn except(&self, written: &str, place: Place, value: &Value) -> Result<Except> {
        let table = table_named("default.except", written);
        let mut reason = String::new();
        for (key, value) in self.table("an exception", "a table", value)? {
            let name = key.get_ref();
            if name != "reason" {
                let told = unknown_key(name, &table, &["reason"]);
                bail!("{}: {told}", self.place(&key.span()));
            }
            self.string("reason", value)?.trim().clone_into(&mut reason);
        }
        if reason.is_empty() {
            bail!("{place}: {table} has no reason: add reason = \"why it is not confined\"");
        }
        Ok(Except { place, reason })
    }
}

#[cfg(test)]
mod tests {
    use crate::config::parse_config;
    use crate::service::UnitName;

    #[test]
    fn exceptions_have_reasons() -> anyhow::Result<()> {
        let text = "[default.except.cups]\nreason = \" it prints \"\n[default.except.\"a@.service\"]\nreason = \"r\"\n";
        let config = parse_config("p.toml", text)?;
        let cups = &config.excepts[&UnitName::parse("cups.service")?];
        assert_eq!(
            (cups.reason.as_str(), cups.place.to_string().as_str()),
            ("it prints", "p.toml:1:17")
        );
        assert_eq!(config.excepts.len(), 2);
        assert!(config.policy.unknown_keys.is_empty());
        Ok(())
    }

    #[test]
    fn what_is_no_exception_is_refused_with_its_place() {
        for (text, said) in [
            ("default = 1", "p.toml:1:11: default must be a table"),
            (
                "[default]\nexcepts = 1",
                "p.toml:2:1: unknown key \"excepts\" in [default]; did you mean \"except\"?",
            ),
            (
                "default.except = []",
                "p.toml:1:18: except must be tables, each written as [default.except.NAME]",
            ),
            (
                "[default.except.cups]",
                "p.toml:1:17: [default.except.cups] has no reason: add reason =",
            ),
            (
                "[default.except.\"a@.service\"]\nreason = \" \"",
                "p.toml:1:17: [default.except.\"a@.service\"] has no reason",
            ),
            (
                "[default.except.cups]\nreason = 1",
                "p.toml:2:10: reason must be a string",
            ),
            (
                "[default.except.cups]\nreasons = \"x\"",
                "p.toml:2:1: unknown key \"reasons\" in [default.except.cups]; did you mean \"reason\"?",
            ),
            (
                "[default.except.\"a b\"]\nreason = \"x\"",
                "p.toml:1:17: \"a b.service\" is not the name of a service",
            ),
            (
                "[default.except]\ncups.reason = \"x\"\n\"cups.service\".reason = \"y\"",
                "p.toml:3:1: cups.service is already excepted at p.toml:2:1",
            ),
            (
                "[default.except.cups]\nreason = \"x\"\n[services.cups]\nenable = true",
                "p.toml:1:17: cups.service is excepted from confinement, and has options of it at p.toml:3:11",
            ),
        ] {
            let error = parse_config("p.toml", text)
                .map_or_else(|error| format!("{error:#}"), |_| String::new());
            assert!(error.starts_with(said), "{text}: {error:?}");
        }
    }
}
