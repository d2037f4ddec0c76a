//! What confinix does, seen from outside: the binary is run against the real nix, one module a topic.
#![allow(clippy::needless_pass_by_value)]

mod adopt;
mod bad_graph;
mod bad_json;
mod bad_nix;
mod bad_services;
mod bundle;
mod demo;
mod enter;
mod enter_signals;
mod from_bundle;
mod help;
mod idle;
mod include;
mod input;
mod interrupt;
mod killed;
mod made;
mod nix_json;
mod no_room;
mod presets;
mod properties;
mod readme;
mod recorded;
mod remote;
mod roots;
mod schema;
mod seal;
mod select;
mod shipped;
mod show;
mod sources;
mod stores;
mod streams;
#[path = "../common/mod.rs"]
mod support;
mod units;
mod verify;
mod view;
mod writing;
