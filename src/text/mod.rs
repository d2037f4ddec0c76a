//! Output of untrusted text. Names, paths, scripts, units, policies and Nix's messages come from others. Each output has one way to
//! write them. Text to paste is quoted so that it is read back exactly.
//!
//! [`Text`] is the text of one output. Literals of confinix are added unchanged; any other text is escaped as the output requires.
//! Only a [`Document`] can be printed or written, and documents consist only of [`Text`].

mod closest;
mod document;
mod in_lines;
mod markdown;
mod outputs;
mod quote;
mod shortened;
mod size;
mod unsafe_chars;
mod written;

pub use closest::{closest, enumerated, listed};
pub use document::Document;
pub use in_lines::InLines;
pub use markdown::Markdown;
pub use outputs::{Html, Metrics, Terminal, Toml, Workflow, Xml};
pub use quote::{nix_attr, nix_list, nix_string, shell_operands, shell_word, toml_string};
pub use shortened::shortened;
pub use size::{bytes, count, parse_bytes};
pub use unsafe_chars::is_unsafe;
#[doc(hidden)]
pub use written::Putting;
pub use written::{Output, Put, Text};
pub(crate) use written::{foreign, text};
