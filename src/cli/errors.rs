//! How errors are told: on standard error, where nothing in a name or in what nix says can act.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;

use super::documents::style;
use super::streams::print;
use super::{EXIT_USAGE, exit_code_of};
use crate::nix::Failed;
use crate::output::human::Style;
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

/// Parses the command line, or does what there is to do instead: prints what was asked for (`--help`, `--version`), or tells what is
/// wrong with it. Clap does that, unless its words hold what could act.
pub fn parse<C: Parser>() -> Result<C, ExitCode> {
    let message = match C::try_parse() {
        Ok(parsed) => return Ok(parsed),
        Err(message) => message,
    };
    let text = message.render();
    let plain = text.to_string();
    let could_act = plain.contains(|c| is_unsafe(c) && c != '\n');
    if message.use_stderr() {
        // Standard error may be closed; the exit code still tells.
        if could_act {
            let _ = io::stderr().write_all(shown(&plain).as_str().as_bytes());
        } else {
            let _ = message.print();
        }
        return Err(ExitCode::from(EXIT_USAGE));
    }
    let printed = print(if could_act {
        shown(&plain)
    } else if style() == Style::Coloured {
        Document::own(text.ansi().to_string())
    } else {
        Document::own(plain)
    });
    Err(printed.map_or_else(|error| exit_code_of(&error), |()| ExitCode::SUCCESS))
}

fn shown(lines: &str) -> Document {
    Text::<Terminal>::lines(lines).into()
}
