//! What `confinix show` shows.

use crate::bundle::Bundle;
use crate::service::UnitName;

/// A bundle, or one of its services.
pub struct Contents<'a> {
    /// The bundle.
    pub bundle: &'a Bundle,
    /// The service; `None` for all of them.
    pub service: Option<&'a UnitName>,
}
