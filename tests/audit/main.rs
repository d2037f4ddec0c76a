//! What a person asks of a bundle before it is deployed: why, diff, audit and what belongs to them.

mod audit;
mod baseline;
mod case;
mod check;
mod diff;
mod explain;
mod foresight;
mod formats;
mod help;
mod report;
mod store;
mod support;
mod users;
mod why;
