//! Standard output, which may be closed or full, and the file names that stand for it.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use rustix::io::Errno;

use super::Usage;
use crate::progress;
use crate::text::{Document, Terminal, Text};

static WAS_CLOSED: AtomicBool = AtomicBool::new(false);

/// Before `main`, Rust's library replaces closed streams with /dev/null, where output is lost without an error. This function looks
/// before that.
#[ctor::ctor]
fn look_at_standard_output() {
    let is_closed = rustix::io::fcntl_getfd(rustix::stdio::stdout()) == Err(Errno::BADF);
    WAS_CLOSED.store(is_closed, Ordering::Relaxed);
}

/// Returns standard output, or an error if it was closed at the start. Rust's own handle hides that.
fn standard_output() -> io::Result<File> {
    if WAS_CLOSED.load(Ordering::Relaxed) {
        return Err(Errno::BADF.into());
    }
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

/// Prints to standard output. A reader like `head` may close it early; the outcome of the run stays the same.
pub fn print(document: impl Into<Document>) -> Result<()> {
    let document = document.into();
    progress::give_way();
    let written =
        standard_output().and_then(|mut stdout| stdout.write_all(document.as_str().as_bytes()));
    match written {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Prints a text for people to standard output.
pub fn say(text: Text<Terminal>) -> Result<()> {
    print(text)
}

/// Prints a message about a file that was written.
pub fn print_of(place: &Path, text: Text<Terminal>) -> Result<()> {
    say(text).with_context(|| {
        format!(
            "{} was written, but this could not be printed",
            place.display()
        )
    })
}

/// Checks the name of a file to write, as the command line gives it.
pub fn file_name(file: &Path) -> Result<&Path> {
    if file == Path::new("-") {
        bail!(Usage(
            "- is not a file name: use /dev/stdout for standard output, or ./- for a file of that name"
                .into()
        ));
    }
    let names = ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];
    if names.iter().any(|name| file == Path::new(name)) {
        standard_output().with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(file)
}
