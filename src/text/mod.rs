//! Text from elsewhere. Names, paths, scripts, units, policies and what nix says are written by others: each output has one way
//! of writing them, and what is pasted is quoted so that it is read as exactly the text.

mod quote;
mod unsafe_chars;

pub use quote::{nix_attr, nix_list, nix_string, shell_word, toml_string};
pub use unsafe_chars::is_unsafe;
