//! The bundle: its model, and how it is made, written, read and sealed.

mod absent;
mod against_store;
mod compact;
mod definitions;
mod difference;
mod digest;
mod facts;
mod hidden;
mod hiding;
mod implied;
mod indent;
mod inventory;
mod make;
mod model;
mod no_bundle;
mod numbered;
mod on_disk;
mod ran;
mod read;
mod recorded;
mod root;
mod seal;
mod services;
mod uncalled;
mod verify;
mod views;
mod why;
mod write;

pub use against_store::differing_objects;
pub use difference::{Difference, Mismatch};
pub use digest::Digest;
pub use hidden::{Hidden, left_out};
pub use hiding::{Hiding, LeftOut, is_left_out, left_out_of};
pub use make::{Planned, make};
pub use model::{
    Bundle, BundleFile, BundlePath, BundleService, Closure, Definition, PathFile, VERSION, View,
};
pub use read::{BUNDLE_FILE, is_bundle, parse, read_files, read_unchecked};
pub use seal::seal;
pub use uncalled::{Uncalled, stays};
pub use verify::{check, is_spoiled, read_json_of_bundle, read_sealed, read_verified, verify};
pub use why::{Before, Chain, Step, Why, graph};
pub use write::{check_place, write, write_output};
