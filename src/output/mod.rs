//! How results look: one file a format. Nothing is printed here.

pub mod audit;
mod foreign;
pub mod github;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
mod matches;
mod presets;
pub mod sarif;
mod share;
mod table;

pub use matches::{Match, Matches};
pub use presets::OwnPresets;
