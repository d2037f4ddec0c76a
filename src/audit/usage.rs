//! What an audit has learned of the policy.

use std::collections::BTreeSet;

use super::Date;
use crate::config::Place;
use crate::service::UnitName;

/// What looking at the services has shown of the policy.
pub struct PolicyUsage {
    /// The day for which the policy was asked.
    pub today: Date,
    /// Every service.
    pub services: BTreeSet<UnitName>,
    /// The exceptions that have excepted something, by place.
    pub exceptions: BTreeSet<Place>,
}
