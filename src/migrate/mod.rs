//! Migrates services: finds the changes with which each works confined, and writes them as a configuration that people review.
//!
//! Kinds of services that confinement breaks, or from which it keeps nothing, stay out (`unfit`). For the others, what fixes an audit's
//! findings is changed until it finds nothing more (`fixed_point`), or they are rehearsed. What is decided about each service becomes a block
//! of a file (`file`) in which people edit: a later run replaces only blocks that it wrote and nobody changed.

mod block;
mod body;
mod carried;
mod decision;
mod excepts;
mod file;
mod fixed_point;
mod gain;
mod held;
mod migration;
mod place;
mod plan;
mod rehearsed;
mod run;

pub use decision::{Decision, Entry};
pub use excepts::Excepts;
pub use file::{Form, Written, without_blocks};
pub use gain::{Gain, Gains, Span};
pub use migration::{Fate, Migrated, Migration};
pub use run::{Task, migrate};
