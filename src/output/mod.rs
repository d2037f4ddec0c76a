//! How results look: one file a format. Nothing is printed here.

pub mod audit;
pub mod human;
pub mod json;
pub mod markdown;
mod matches;
mod share;
mod table;

pub use matches::{Match, Matches};
