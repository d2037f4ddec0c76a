//! The user's rules.

mod model;
mod preset;
mod read;
mod reader;
mod rule;

pub use model::{Entry, Limit, Note, Policy, PolicyRule, UnknownKey, level};
pub use read::{POLICY_FILE, parse as parse_policy, read_policy};
