//! Programs of the table in `confinix.toml` and of the built-in one.

use super::{Effect, Invocation, Knower};

pub(super) struct Profiled;

impl Knower for Profiled {
    /// It knows those of the table, which [`super::known_of`] asks.
    fn knows(&self, _name: &str) -> bool {
        false
    }

    fn is_of_table(&self) -> bool {
        true
    }

    fn effects(&self, _invocation: &Invocation) -> Vec<Effect> {
        Vec::new()
    }
}
