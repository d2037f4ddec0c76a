//! What a service will find inside its root: files, commands, interpreters, libraries, and what scripts call.
//!
//! Everything here works on text and on the store's files, before anything is deployed; what only the host can tell is `Unknown`.

mod command;
mod elf;
mod environment;
mod inside;
mod made;
mod program;
mod script;

pub use command::{Command, commands};
pub use elf::{Elf, Machine, read_elf};
pub use environment::{DEFAULT_PATH, Environment, EnvironmentFile, environment_files};
pub use inside::{Found, Inside};
pub use program::{Flaw, Known, Lookup, Program, Programs};
pub use script::{Call, Opened, Script, Tests, read_script};
