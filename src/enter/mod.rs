//! The root of a service on this machine, before deployment: what it contains, and how bubblewrap creates it.

mod arguments;
mod identity;
mod limits;
mod plan;
mod run;
mod shell;
mod stage;
mod tree;

pub use arguments::arguments;
pub use identity::Identity;
pub use limits::Limit;
pub use plan::Plan;
pub use run::{find_bubblewrap, run};
pub use shell::{Shell, shell_in};
pub use stage::mount_store;
pub use tree::{Shown, Tree};
