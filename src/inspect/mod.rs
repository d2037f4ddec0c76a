//! Reads what a service finds in its root: files, commands, interpreters, libraries, and the commands that scripts call.
//!
//! All of this uses text and the files of the store, before anything is deployed. Whatever only the host knows is `Unknown`.

mod built_in;
mod command;
mod configuration;
mod elf;
mod environment;
mod environment_file;
mod host_paths;
mod interpreters;
mod loaded;
mod nginx;
mod privileges;
mod program;
mod script;
mod segments;
mod source;
mod symbols;
mod wrapper;

pub use built_in::built_in_paths;
pub use command::{Command, commands};
pub use configuration::{
    ENDINGS as ENDINGS_OF_CONFIGURATIONS, Entry, MAX_CONFIGURATION, read_configuration,
};
pub use elf::{Architecture, Elf, read_elf, read_elf_of};
pub use environment::{
    DEFAULT_PATH, Environment, EnvironmentFile, Variable, environment_files, search_path,
};
pub use environment_file::assignments;
pub use host_paths::{OF_DATA, RUNTIME, host_tops, is_of_host};
pub use interpreters::{is_interpreter, unversioned};
pub use loaded::{Loaded, read_loaded};
pub use nginx::{Directive, NginxConfiguration, read_nginx};
pub use privileges::Privileges;
pub use program::{Flaw, Interpreter, Known, Located, Program, Programs};
pub use script::{Call, Opened, Script, Start, World, read_script};
pub use segments::{Segments, read_segments};
pub use source::{INTERPOLATED, Language, Piece, Token, pieces};
pub use wrapper::{Wrapper, read_wrapper, unwrapped};
