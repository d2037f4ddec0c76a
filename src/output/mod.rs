//! How results look. Each result is a type that can be shown, each format a file, and [`format`] the table of which result has which.
//! Nothing is printed here.

pub mod audit;
mod contents;
mod diff;
mod explain;
mod foreign;
mod format;
pub mod github;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
mod matches;
mod presets;
mod remedy;
mod render;
pub mod sarif;
mod share;
mod table;

pub use contents::Contents;
pub use diff::Compared;
pub use explain::Explained;
pub use format::Format;
pub use matches::{Match, Matches};
pub use presets::{OwnPresets, PresetList};
pub use render::Render;
