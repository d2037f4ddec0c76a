//! Reads `confinix.toml`: the policy of an audit, the user's presets and programs, and options of services, with their places.
//!
//! Unknown keys in a policy become findings. A value of the wrong type is an error with its place.

mod denied;
mod except;
mod find;
mod fix;
mod keys;
mod place;
mod policy;
mod preset;
mod program;
mod program_table;
mod read;
mod reader;
mod rule;
mod service;

pub use except::Except;
pub use find::{find_config, nearest_config};
pub use fix::{Fixed, fix};
pub use keys::{KeyMeaning, Keys, normal_key};
pub use place::{Place, Places};
pub use policy::{
    DeniedExecutables, Exception, Limit, Listed, NamedPackages, NamedSetting, Note, Policy,
    PolicyRule, UnknownKey, level,
};
pub use program::{Program, ProgramEntry};
pub use program_table::ProgramTable;
pub use read::{CONFIG_FILE, Config, parse_config, read_config};
pub use service::ServiceOptions;
