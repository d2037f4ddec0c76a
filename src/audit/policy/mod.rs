//! The user's rules.

mod model;
mod read;

pub use model::{Entry, Limit, Note, Policy, PolicyRule, UnknownKey, level};
pub use read::{POLICY_FILE, read_policy};
