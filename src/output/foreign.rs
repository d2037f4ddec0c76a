//! Values whose text comes from elsewhere.

use crate::code::{Code, Level};
use crate::config::Place;
use crate::service::{HostName, HostService, Origin, UnitName};
use crate::store::{Package, StorePath};
use crate::text::foreign;

foreign!(
    Code,
    Level,
    Place,
    Origin,
    HostName,
    HostService,
    UnitName,
    Package<'_>,
    StorePath
);
