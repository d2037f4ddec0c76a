//! Programs of the table in `confinix.toml` and of the built-in one.

mod configured;
mod told;

use self::configured::Configured;
use self::told::Told;
use super::{Effect, Invocation, Knower, Reading, Use};
use crate::inspect::read_configuration;

pub(super) struct Profiled;

impl Knower for Profiled {
    /// It knows those of the table, which [`super::known_of`] asks.
    fn knows(&self, _name: &str) -> bool {
        false
    }

    fn is_of_table(&self) -> bool {
        true
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let Some(program) = invocation.profile() else {
            return Vec::new();
        };
        let told = Told::new(program, invocation);
        let mut all = Vec::new();
        for path in told.configurations() {
            all.push(Effect::file(path.clone(), Use::Reads));
            all.push(Effect::Configures(path));
        }
        let is_configured = !all.is_empty();
        all.extend(told.privileges());
        all.extend(told.ignored());
        all.extend(told.users());
        all.extend(told.read_with(|names| told.is_given(names)));
        // What a configuration may name, is known where it is read.
        let defaults = told.defaults(|names| {
            let is_open = is_configured || told.may_have_more();
            is_open && Told::keys(names).next().is_some()
        });
        // An argument that is known only at run time may name others.
        let is_known = invocation.arguments.iter().all(Option::is_some);
        all.extend(defaults.map(|effect| if is_known { effect } else { effect.perhaps() }));
        all
    }

    fn read(&self, invocation: &Invocation, text: &str) -> Result<Reading, String> {
        let Some(program) = invocation.profile() else {
            return Ok(Reading::default());
        };
        let told = Told::new(program, invocation);
        let Some(path) = told.configurations().into_iter().next() else {
            return Ok(Reading::default());
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        // What can't be read has most likely been made for another reader.
        let entries = read_configuration(name, text).unwrap_or_default();
        let configured = Configured::new(&path, &entries, &program.keys);
        let mut effects = told.configured_users(&configured);
        effects.extend(told.read_with(|names| configured.names(names)));
        // What has no key is known without a configuration.
        let defaults =
            told.defaults(|names| Told::keys(names).next().is_none() || configured.names(names));
        effects.extend(defaults.map(|effect| configured.perhaps(effect)));
        Ok(Reading {
            effects,
            ..Reading::default()
        })
    }
}

#[cfg(test)]
mod tests;
