//! What people browse on a terminal: services, closures, chains of references, surfaces and findings.
//!
//! A [`Page`] is a list of [`Row`]s. A [`Browser`] holds the open pages, changes with the keys that are pressed, and draws the last one.
//! It neither reads keys nor writes to a terminal; `cli/` does. Rows are made only of text that can't control a terminal.

mod browser;
mod data;
mod draw;
mod keys;
mod listing;
mod page;
mod pages;
mod place;
mod row;
mod visit;

pub use self::browser::{Browser, Flow};
pub use self::data::{Answer, Data, Host};
pub use self::keys::Key;
pub use self::page::{Page, ServiceOf, Tab};
pub use self::row::{Cell, Column, Row, Tone};
