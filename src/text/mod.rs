//! Text from elsewhere. Names, paths, scripts, units, policies and what nix says are written by others: each output has one way
//! of writing them, and what is pasted is quoted so that it is read as exactly the text.
//!
//! [`Text`] is text of one output. A literal of confinix's own gets into it as it is, anything else by the output's escape. Only
//! a [`Document`] can be printed or written, and documents are made of [`Text`] alone.

mod document;
mod in_lines;
mod markdown;
mod outputs;
mod quote;
mod unsafe_chars;
mod written;

pub use document::Document;
pub use in_lines::InLines;
pub use markdown::Markdown;
pub use outputs::{Html, Terminal, Toml, Workflow, Xml};
pub use quote::{nix_attr, nix_list, nix_string, shell_word, toml_string};
pub use unsafe_chars::is_unsafe;
#[doc(hidden)]
pub use written::Putting;
pub use written::{Output, Put, Text};
pub(crate) use written::{foreign, text};
