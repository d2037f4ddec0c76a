//! How an audit used the policy.

use std::collections::BTreeSet;

use super::Date;
use crate::config::Place;
use crate::service::UnitName;

/// What the services used of the policy.
pub struct PolicyUsage {
    /// The date for which the policy was evaluated.
    pub today: Date,
    /// All services of the targets.
    pub services: BTreeSet<UnitName>,
    /// The places of the exceptions that applied.
    pub exceptions: BTreeSet<Place>,
}
