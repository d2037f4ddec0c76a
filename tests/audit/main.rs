//! What a person asks of a bundle before it is deployed: why, diff, audit and what belongs to them.

mod audit;
mod diff;
mod explain;
mod formats;
mod support;
mod why;
