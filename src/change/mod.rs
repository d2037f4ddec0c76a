//! What fixes something: options of one service with the values that they are to have. Written as what configures the service
//! reads: Nix, or a drop-in, `confinix.toml` and the command line.

mod expression;
mod nix;
mod units;

pub use expression::{Expression, Package};

use crate::service::{Choice, Include, Source, UnitName};
use crate::store::StoreDir;

/// One option of a service, and what is to become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Adds to a setting of the unit that is a list.
    Add(&'static str, Vec<Expression>),
    /// Gives a setting of the unit this value. `is_forced`: whether the unit sets another one, which Nix takes for a conflict.
    Set {
        /// The setting.
        name: &'static str,
        /// Its value.
        value: Value,
        /// See above.
        is_forced: bool,
    },
    /// Gives a setting of the unit that is a list these values, in place of all that it has.
    Replace(&'static str, Vec<Expression>),
    /// Adds to the closure.
    Packages(Vec<Package>),
    /// Adds the `bin` of these packages to the `PATH` that NixOS makes.
    Path(Vec<Package>),
    /// Sets a variable of the unit, in place of the value that it may have.
    Variable(&'static str, Expression),
    /// Shows this program as `/bin/sh`; `None`: shows none.
    Shell(Option<Expression>),
    /// Has the closure get into the root in this way.
    Strategy(Choice),
    /// Adds presets.
    Preset(&'static str),
    /// Adds to the closure what the unit names elsewhere.
    Include(Include),
    /// Many settings of the unit.
    Settings(Vec<Change>),
}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A switch.
    Switch(bool),
    /// A text.
    Text(Expression),
}

/// A change as it is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Where it belongs, to be read after a comma.
    pub place: String,
    /// The text to paste there.
    pub text: String,
}

/// Writes what is to be changed of `service`, one of the store at `dir`, for where it is configured. `subject` is what the changes are
/// about: what has to be given a name is called after it. `None` if that can't be written there.
pub fn write(
    changes: &[Change],
    service: &UnitName,
    dir: &StoreDir,
    source: Source,
    subject: &str,
) -> Option<Written> {
    match source {
        Source::Nix => nix::write(changes, service, dir),
        Source::Units => units::write(changes, service, subject),
    }
}
