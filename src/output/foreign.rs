//! Values whose text comes from elsewhere.

use crate::code::{Code, Level};
use crate::config::Place;
use crate::service::{Origin, UnitName};
use crate::store::{Package, StorePath};
use crate::text::foreign;

foreign!(Code, Level, Place, Origin, UnitName, Package<'_>, StorePath);
