//! `confinix.toml`: the policy of an audit, and presets of the user's own, with their places.
//!
//! Keys that mean nothing in a policy become findings. A value of the wrong type is an error with its place.

mod date;
mod find;
mod place;
mod policy;
mod preset;
mod read;
mod reader;
mod rule;

pub use date::Date;
pub use find::find_config;
pub use place::{Place, Places};
pub use policy::{Entry, Limit, Note, Policy, PolicyRule, UnknownKey, level};
pub use read::{CONFIG_FILE, Config, parse_config, read_config};
