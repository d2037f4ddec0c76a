//! Confines systemd services to the Nix closures they need.
//!
//! ```text
//!  Nix value ──eval──▶ services ──roots──┐
//!                                        ├─▶ closures ──render──▶ bundle ──▶ systemd.packages
//!  Nix store ──path-info / refs graph──▶ graph                      └──▶ show · verify
//! ```
//!
//! [`store`] knows paths, the graph and closures; [`service`] what a service is and which roots it names; [`systemd`] its
//! syntax; [`confine`] the settings of confinement; [`bundle`] the result; [`diff`] what changes between two; [`enter`] a service's root
//! on this machine, before it is deployed; [`audit`] what is to be said
//! of one; [`nix`] asks nix; [`cli`] is the command line over all.

#![deny(clippy::print_stdout, clippy::print_stderr)]

pub mod audit;
pub mod bundle;
pub mod change;
pub mod cli;
pub mod code;
pub mod config;
pub mod confine;
pub mod diff;
pub mod document;
pub mod enter;
pub mod exposure;
pub mod finding;
pub mod foresight;
pub mod host;
pub mod inspect;
pub mod interrupt;
pub mod nix;
pub mod output;
pub mod progress;
pub mod root;
pub mod search_path;
pub mod service;
pub mod source;
pub mod store;
pub mod systemd;
pub mod text;
pub mod view;
