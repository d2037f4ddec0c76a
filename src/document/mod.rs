//! One reader for all untrusted documents, and one writer for all output.
//!
//! The reader accepts regular files, checks their size first, and reads only as much as necessary; it accepts a pipe only if the user
//! names it. The writer replaces a file or a directory as a whole, with its data on the disk.

mod given;
mod json;
mod kind;
mod leftovers;
mod limited;
mod read;
mod unread;
mod write;

pub use given::{open_given, read_given, stdin};
pub use json::{json_text, parse_json, read_json};
pub use kind::Kind;
pub use leftovers::{NAME, OLD, sweep};
pub use limited::limited;
pub use read::{Content, Document, open, read, text};
pub use unread::{Unread, is_absent};
pub use write::{
    Prepared, Workshop, in_place, is_for_want_of_room, is_stream, parent, sync_directory,
    write_new, write_whole,
};
