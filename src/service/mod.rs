//! Services as the Nix side hands them over, and the roots that they name.

mod context;
mod exec;
mod include;
mod name;
mod placement;
mod preset;
mod roots;
mod select;
mod settings;
mod strategy;
mod text;
mod value;

pub use exec::ExecSetting;
pub use include::Include;
pub use name::UnitName;
pub use placement::{DropInWhen, Placement, Template, UnitLine};
pub use preset::Preset;
pub use roots::{Mentioned, Origin, Root, mentioned};
pub use select::{Selection, ServiceGlob};
pub use settings::Settings;
pub use strategy::{Choice, Strategy};
pub use text::{Context, Text};
pub use value::{Confinement, Mode, Service, Services};
pub(crate) use value::{is_variable, unique_keys};
