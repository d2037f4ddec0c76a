//! How errors are told: on standard error, where nothing in a name or in what nix says can act.

use std::io::{self, Write};

use clap::Parser;

use crate::nix::Failed;
use crate::text::{Document, InLines, Terminal, Text, is_unsafe, text};

/// The causes of an error in a line. Only what is known to have lines keeps them.
pub fn tell(error: &anyhow::Error) {
    let mut told = Text::<Terminal>::own("confinix");
    for cause in error.chain() {
        let has_lines = cause.is::<Failed>() || cause.is::<InLines>();
        let cause = cause.to_string();
        let cause = if has_lines {
            Text::lines(&cause)
        } else {
            text!("{}", cause)
        };
        told.push(text!(": {}", cause));
    }
    told.push(Text::own("\n"));
    // Standard error may be closed; the exit code still tells.
    let _ = io::stderr().write_all(Document::from(told).as_str().as_bytes());
}

/// Parses the command line. What is wrong with it is told by clap, unless its words hold what could act.
pub fn parse<C: Parser>(usage: u8) -> Result<C, u8> {
    let error = match C::try_parse() {
        Ok(parsed) => return Ok(parsed),
        Err(error) => error,
    };
    let told = error.render().to_string();
    if !error.use_stderr() || !told.contains(|c| is_unsafe(c) && c != '\n') {
        error.exit();
    }
    let told = Document::from(Text::<Terminal>::lines(&told));
    let _ = io::stderr().write_all(told.as_str().as_bytes());
    Err(usage)
}
