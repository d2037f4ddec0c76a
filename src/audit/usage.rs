//! What an audit has learned of the policy.

use std::collections::BTreeSet;

use super::Date;
use crate::config::Place;
use crate::service::UnitName;

/// How the services have used the policy.
pub struct PolicyUsage {
    /// The date for which the policy was evaluated.
    pub today: Date,
    /// Every service.
    pub services: BTreeSet<UnitName>,
    /// The exceptions that have excepted something, by place.
    pub exceptions: BTreeSet<Place>,
}
