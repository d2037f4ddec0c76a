//! Runs Nix. No other module starts its programs.

mod about;
mod advice;
mod attrs;
mod command;
mod eval;
mod files;
mod outputs;
mod parse;
mod path_info;
mod realise;
mod remote_files;

pub use about::{About, Abouts, License, about};
pub use attrs::read_attrs;
pub use command::{Failed, Nix, Options, is_installed};
pub use eval::{Evaluation, evaluate};
pub use files::{files, local_files};
pub use outputs::learn_outputs;
pub use parse::parse;
pub use path_info::{differing_paths, graph};
pub use realise::{Wanted, ensure_valid};
