//! What a run of a service touched.
//!
//! A [`Watch`] marks the view of a service and reports every file that is opened or executed through it, in any namespace, by any
//! process; it does not see failures.
//!
//! This module starts nothing. It knows neither bundles nor the machine that a service is started on.

mod touched;
mod watch;

pub use touched::{Access, Touched};
pub use watch::Watch;
