//! How results look: one file a format. Nothing is printed here.

pub mod human;
pub mod json;
mod share;
mod table;
