//! The services value that the Nix side hands over, and the closure roots of services.

mod context;
mod exec;
mod include;
mod learn;
mod mode;
mod name;
mod placement;
mod preset;
mod roots;
mod select;
mod settings;
mod source;
mod source_string;
mod strategy;
mod trigger;
mod unique;
mod value;
mod variable;

pub use exec::ExecSetting;
pub use include::Include;
pub use learn::Outputs;
pub use mode::Mode;
pub use name::UnitName;
pub use placement::{DropInWhen, Placement, Template, UnitLine};
pub use preset::Preset;
pub use roots::{ClosureRoot, ClosureRoots, Mentioned, Origin, mentioned};
pub use select::{Selection, ServiceGlob};
pub use settings::{Settings, boolean};
pub use source::Source;
pub use source_string::{Context, SourceString};
pub use strategy::{Choice, Strategy, ViewObstacle};
pub use trigger::{TriggerKind, TriggerName, Triggers};
pub(crate) use unique::unique_keys;
pub use value::{Confinement, Service, Services};
pub(crate) use variable::is_assignable;
