//! What a run of a service touched, and what it did not find.
//!
//! Two recorders complement each other. A [`Watch`] marks the view of a service and reports every file that is opened or executed
//! through it, in any namespace, by any process; it does not see failures. A [`Tracer`] is strace, shown to a service in a directory
//! of its own; of its log, [`Failures`] keeps the calls that failed, and [`Trace`] also what succeeded. What failed in one run and not
//! in another is the cause of what the two do differently: [`Failures::beyond`]. What was touched, compared with a closure, is an [`Observation`].
//!
//! This module starts nothing. It knows neither bundles nor the machine that a service is started on.

mod activity;
mod failures;
mod observation;
mod touched;
mod trace;
mod tracer;
mod watch;

pub use activity::Activity;
pub use failures::{Address, Failure, Failures, Intent};
pub use observation::{Files, Observation};
pub use touched::{Access, Touched};
pub use trace::Trace;
pub use tracer::{Calls, Stops, Tracer};
pub use watch::Watch;
