//! Tests the commands for questions before deployment: why, diff, audit and related ones.

mod audit;
mod baseline;
mod case;
mod causes;
mod check;
#[path = "../common/mod.rs"]
#[allow(dead_code, reason = "`it` uses the rest")]
mod common;
mod diff;
mod explain;
mod exposure;
mod foreign;
mod foresight;
mod formats;
mod help;
mod host_store;
mod json;
mod large;
mod programs;
mod rehearsal;
mod remedies;
mod report;
mod sbom;
mod schemas;
mod store;
mod support;
mod surface;
mod users;
mod why;
