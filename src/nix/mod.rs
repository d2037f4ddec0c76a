//! Runs Nix. No other module starts its programs.

mod about;
mod activities;
mod advice;
mod attrs;
mod command;
mod eval;
mod evaluated;
mod failed;
mod files;
mod jobs;
mod lossy;
mod memory;
mod outputs;
mod parse;
mod path_info;
mod plain_log;
mod pool;
mod realise;
mod remote_files;
mod room;
mod services_nix;

pub use about::{About, Abouts, License, about};
pub use attrs::read_attrs;
pub use command::{Nix, Options, is_installed};
pub use eval::{Evaluation, evaluate};
pub use evaluated::{AsHosts, Evaluated};
pub use failed::{Failed, with_causes};
pub use files::{files, local_files};
pub use jobs::{evaluate_hosts, is_fit as is_fit_for_jobs};
pub use memory::{Budget, Evaluators};
pub use outputs::learn_outputs;
pub use parse::parse;
pub use path_info::{differing_paths, graph, invalid};
pub use pool::{side_by_side, watched};
pub use realise::{Wanted, ensure_valid};
