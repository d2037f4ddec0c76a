//! Units and confinement of a bundle on a machine without NixOS, in generations.
//!
//! A generation is a directory with everything that is installed: the bundle, unit files, and a manifest of them. The links `current` and
//! `next` beside it tell which one is installed, and which one is being installed, so that a run that was killed can be finished or undone.
//! Only files that a manifest lists and that are as it has them are ever changed or removed.

mod apply;
mod checks;
mod commands;
mod content;
mod earlier;
mod files;
mod generation;
mod keep;
mod manifest;
mod place;
mod plan;
mod run;
mod state;
mod switch;
mod unit_text;
mod units;

pub use checks::{check, check_writable, lost};
pub use commands::{Command, Why};
pub use content::Content;
pub use generation::BUNDLE;
pub use manifest::Manifest;
pub use place::Place;
pub use plan::{Change, Changes};
pub use run::{Done, New, Preview, Turn, install, preview};
pub use state::{Goal, State, current};
pub use switch::{roll_back, uninstall};
