//! The bundle: its model, and how it is made, written, read and sealed.

mod make;
mod model;
mod read;
mod seal;
mod verify;
mod why;
mod write;

pub use make::{Planned, make};
pub use model::{Bundle, BundlePath, BundleService, Closure, DropIn, VERSION};
pub use read::{BUNDLE_FILE, read, read_sealed};
pub use seal::{Digest, seal};
pub use verify::{Difference, verify};
pub use why::{Chain, Why, graph};
pub use write::write;
