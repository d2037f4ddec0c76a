//! Which executables of a closure the commands of a service can call.
//!
//! The search starts at the service's commands and settings, and keeps whatever a file that is read or run names: an absolute path, or
//! the name of an executable in a directory that something names. A program that is kept keeps what it names. A name anywhere in
//! a text counts, whatever it means there: hiding a file that is needed is worse than showing one that is not.
//!
//! Where a program runs what nothing in the closure tells, nothing is hidden ([`Untold`]).

mod caller;
mod code;
mod executables;
mod facts;
mod inert;
mod inventory;
mod lines;
mod meant;
mod mentions;
mod names;
mod places;
mod pod;
mod processes;
mod ran;
mod search;
mod shells;
mod told;
mod untold;
mod words;

pub use caller::Caller;
pub use executables::Executable;
pub use inert::matcher;
pub use inventory::Inventory;
pub use told::{Called, Stays, Why};
pub use untold::{Reason, Untold};
