//! What a person asks of a bundle before it is deployed: why, diff, audit and what belongs to them.

mod audit;
mod baseline;
mod check;
mod diff;
mod explain;
mod formats;
mod help;
mod report;
mod support;
mod why;
