//! Values whose text comes from elsewhere.

use crate::audit::{Level, Place};
use crate::service::{Origin, UnitName};
use crate::store::{Package, StorePath};
use crate::text::foreign;

foreign!(Level, Place, Origin, UnitName, Package<'_>, StorePath);
