//! Advisories about packages, from other tools: which packages they name, and which versions of them.
//!
//! Everything here is what an advisory says. `sbom/` compares it with the closures of services.

mod csaf;
mod ecosystem;
mod file;
mod grype;
mod osv;
mod product;
mod products;
mod read;
mod versions;
mod vulnix;

pub use ecosystem::{Ecosystem, Presence, plain};
pub use product::{Named, Product, Verdict};
pub use read::{Advisories, Advisory, Kind, parse, read};
pub use versions::{Interval, Versions};
