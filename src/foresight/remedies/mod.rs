//! What fixes troubles.

mod directories;
mod lacking;
mod packages;
mod providers;
mod search_path;
mod shown;
mod store_paths;
mod written;

pub(super) use self::written::is_made;
