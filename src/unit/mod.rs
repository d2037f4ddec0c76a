//! What confinement says to systemd: settings, strategies, drop-ins, and the syntax they are written in.

mod adopt;
mod api;
mod bind;
mod confinement;
mod directory;
mod drop_in;
mod environment;
mod exec_directories;
mod file;
mod kinds;
mod lines;
mod linked;
mod merge;
mod names;
mod path_entries;
mod presets;
mod private_tmp;
mod quote;
mod reading;
mod resolve;
mod services;
mod shipped;
mod specifiers;
mod strategy;
mod temporary;
mod unit_files;
mod view_units;
mod words;

pub use adopt::adopted;
pub use api::has_api_file_systems;
pub use bind::{Bind, all_binds, binds, raw_words, store_binds};
pub use confinement::{notify_socket, settings};
pub use directory::{Merged, Part, UnitDirectories};
pub use drop_in::{DROP_IN_NAME, Mount, drop_in, drop_in_path, refuse_shared_drop_in};
pub use environment::{assigned, passed, unset};
pub use exec_directories::{ExecDirectories, ExecDirectory};
pub use file::{Remark, UNIT_DIRS, UnitFile};
pub use path_entries::{PathEntry, path_entries};
pub use presets::{
    BuiltIn, Opened, PRESETS, PresetBind, is_built_in, names as preset_names, open,
    refuse_undefined, variables as preset_variables,
};
pub use private_tmp::has_private_tmp;
pub use quote::path_word;
pub use resolve::resolved;
pub use services::Units;
pub use shipped::add_shipped_units;
pub use specifiers::Specifiers;
pub use strategy::{Chosen, Kernel, Target, choose};
pub use temporary::{TemporaryFileSystem, parts as colon_part, temporary_file_systems};
pub use view_units::ViewUnits;
pub use words::{Escapes, Words};
