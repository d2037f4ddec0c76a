//! From a request to services, closure roots, graph and files, and on to a bundle.
//!
//! A [`Request`] is plain data; the command line is one way to make it. [`Request::services`] yields the services,
//! [`Request::make`] a bundle that only has to be written, and [`Request::load`] also reads an existing one.

mod abouts;
mod configuration;
mod files;
mod fleet;
mod graph;
mod hiding;
mod keep;
mod load;
mod machine;
mod places;
mod presets;
mod request;
mod services;
mod shipped;
mod system;
mod unit_files;
mod units;
mod whole;

pub use configuration::Configuration;
pub use fleet::{FailedHost, Fleet, Made, Row, host_failed, is_fleet_at};
pub use hiding::Hiding;
pub use load::{Loaded, is_bundle_at, taken_for_a_flake};
pub use request::{Hosts, Request, Source, Unclear};
pub use services::is_in_flake;
pub use system::System;
pub use whole::{Gathered, Whole};
