//! The bundle: its model, and how it is made, written, read and sealed.

mod confine;
mod digest;
mod indent;
mod inventory;
mod make;
mod model;
mod read;
mod seal;
mod text;
mod verify;
mod views;
mod why;
mod write;

pub use confine::Strategies;
pub use digest::Digest;
pub use make::{Planned, make};
pub use model::{Bundle, BundleFile, BundlePath, BundleService, Closure, VERSION, View};
pub use read::{BUNDLE_FILE, parse, read, read_sealed};
pub use seal::seal;
pub use verify::{Difference, verify, was_changed};
pub use why::{Chain, Why, graph};
pub use write::{check_place, write};
