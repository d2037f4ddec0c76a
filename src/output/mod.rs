//! How results are rendered. Each result is a type that implements [`Render`], each [`Format`] is a file, and `format.rs` is
//! the table of formats by result. Nothing is printed here.

mod audit;
mod calls;
mod cause;
mod contents;
mod cyclonedx;
mod diff;
mod explain;
mod folded;
mod foreign;
mod format;
mod github;
mod gitlab;
mod hidden;
mod html;
pub mod human;
mod json;
mod junit;
mod markdown;
mod matches;
mod nix_module;
mod observed;
mod presets;
mod prometheus;
mod remedy;
mod render;
mod sarif;
mod share;
mod spdx;
mod table;
mod uuid;

pub use audit::Audited;
pub(crate) use audit::{route, whole_cause};
pub(crate) use cause::Cause;
pub use contents::{Contents, FleetContents};
pub use diff::Compared;
pub use explain::Explained;
pub use format::Format;
pub use hidden::{HiddenFile, HiddenFiles, StayingFile};
pub use html::{FleetPage, Page};
pub use matches::{FleetMatches, Match, Matches};
pub use nix_module::nix_module;
pub use presets::{OwnPresets, PresetList};
pub use prometheus::prometheus;
pub use render::Render;
pub(crate) use share::Shares;
