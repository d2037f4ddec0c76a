//! What confinement sets: a service's root, presets, strategies, views, and the drop-in with all of it.

mod adopt;
mod confiner;
mod conflicts;
mod costs;
mod drop_in;
mod machine;
mod of_views;
mod own_views;
mod place;
mod presets;
mod render;
mod rooted;
mod settings;
mod strategy;
mod user_manager;
mod view_units;

pub use adopt::adopted;
pub use confiner::{Confiner, Decision};
pub use drop_in::{drop_in, drop_in_path, refuse_shared_drop_in};
pub use machine::{Kernel, Machine};
pub use of_views::is_of_views;
pub use own_views::source as own_view_source;
pub use presets::{
    BuiltIn, Opened, PRESETS, PresetBind, is_built_in, names as preset_names, open,
    refuse_undefined, variables as preset_variables,
};
pub use render::{DropIn, Given, StorePaths};
pub use rooted::Rooted;
pub use settings::{notify_socket, settings};
pub use strategy::{Chosen, Size, Strategies, choose};
pub use user_manager::{choose_for, refuse_in_user_manager};
pub use view_units::{DEPENDENCIES, ViewUnits, check_store, view_id, view_of};
