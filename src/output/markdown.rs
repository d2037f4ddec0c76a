//! Markdown for reviewers and for the summaries of code hosts.

mod audit;
mod diff;
mod observation;
mod presets;
mod rehearsal;

pub use audit::audit;
pub use diff::diff;
pub use observation::observation;
pub use presets::presets;
pub use rehearsal::rehearsal;
