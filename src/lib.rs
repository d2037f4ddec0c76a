//! Runs each systemd service in a private root that contains only the Nix store paths it needs.
//!
//! ```text
//!  request ──source──▶ services ─┐
//!                                ├─▶ closures ─▶ confine ─▶ Root ─▶ bundle ─▶ systemd.packages
//!                      graph ────┘                 ▲                  │
//!                                                  │                  ├─▶ foresight (reads it)  ─┐
//!                                               changes               ├─▶ enter     (mounts it)  ├─▶ findings ─▶ audit · report
//!                                                  ▲                  └─▶ diff  (compares two)   │
//!                                                  └──────────────────── changes ◀───────────────┘
//! ```
//!
//! A [`source::Request`] becomes the services with their closure roots and the graph of store paths. [`confine`] builds the
//! [`root::Root`] of each service, and [`bundle`] writes it. Everything else reads a bundle. What fixes a finding is a [`change`].
//!
//! The modules below are listed by floor: none uses one of a floor above, and there are no circles. Only [`cli`] prints and decides exit
//! codes, and only [`nix`] starts nix.

#![deny(clippy::print_stdout, clippy::print_stderr)]

// The command line, and how results look.
pub mod browse;
pub mod cli;
pub mod migrate;
pub mod output;

// What is reported about a bundle, before deployment and after.
pub mod audit;
pub mod deployed;
pub mod diff;
pub mod enter;
pub mod exposure;
pub mod finding;
pub mod foresight;
pub mod install;
pub mod rehearse;
pub mod sbom;
pub mod status;

// What runs of services and other tools tell.
pub mod advisory;
pub mod observe;

// The way from a request to a bundle, and back from a bundle.
pub mod bundle;
pub mod callable;
pub mod change;
pub mod config;
pub mod confine;
mod guest;
mod host;
pub mod inspect;
pub mod root;
pub mod source;
pub mod surface;
pub mod unfit;

// What systemd and Nix mean.
pub mod code;
pub mod nix;
pub mod service;
pub mod store;
pub mod systemd;
pub mod view;

// What everything is built on.
pub mod date;
pub mod document;
mod interrupt;
pub mod progress;
mod search_path;
pub mod text;
