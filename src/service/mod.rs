//! Services as the Nix side hands them over, and the roots that they name.

mod exec;
mod include;
mod name;
mod preset;
mod roots;
mod select;
mod settings;
mod strategy;
mod value;

pub use exec::ExecSetting;
pub use include::Include;
pub use name::UnitName;
pub use preset::Preset;
pub use roots::{Mentioned, Origin, Root, mentioned};
pub use select::{Selection, ServiceGlob};
pub use settings::Settings;
pub use strategy::{Choice, Strategy};
pub use value::{Confinement, Context, Mode, Service, Services, Text};
pub(crate) use value::{is_variable, unique_keys};
