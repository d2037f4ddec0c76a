//! Prints errors to standard error, without control characters from names or from nix.

use std::env;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::anyhow;
use clap::Parser;
use clap::builder::Styles;

use super::meant::{meant, without_hidden};
use super::streams::print;
use super::style::style;
use super::{EXIT_USAGE, exit_code_of};
use crate::nix::with_causes;
use crate::text::{Document, Terminal, Text, is_unsafe};

/// Prints an error and its causes in one line. Only text that is known to have several lines keeps them.
pub fn tell(error: &anyhow::Error) {
    let mut told = with_causes(Text::own("confinix"), error);
    told.push(Text::own("\n"));
    // Standard error may be closed; the exit code still reports the failure.
    let _ = io::stderr().write_all(Document::from(told).as_str().as_bytes());
}

/// Parses the command line. If there is nothing to run, prints what was requested (`--help`, `--version`) or what is wrong, and
/// returns the exit code. Clap prints it, unless its text contains control characters.
pub fn parse<C: Parser>() -> Result<C, ExitCode> {
    let mut message = match C::try_parse() {
        Ok(parsed) => return Ok(parsed),
        Err(message) => message,
    };
    without_hidden(&mut message, &C::command());
    if let Some(meant) = meant(&message) {
        tell(&anyhow!(meant));
        return Err(ExitCode::from(EXIT_USAGE));
    }
    let could_act = env::args_os().any(|word| word.to_string_lossy().contains(is_unsafe));
    let shown = could_act.then(|| without_colours::<C>(&message));
    if message.use_stderr() {
        // Standard error may be closed; the exit code still reports the failure.
        let _ = match &shown {
            Some(shown) => io::stderr().write_all(shown.as_str().as_bytes()),
            None => message.print(),
        };
        return Err(ExitCode::from(EXIT_USAGE));
    }
    let printed = print(shown.unwrap_or_else(|| {
        let text = message.render();
        Document::own(if style().is_coloured {
            text.ansi().to_string()
        } else {
            text.to_string()
        })
    }));
    Err(printed.map_or_else(|error| exit_code_of(&error), |()| ExitCode::SUCCESS))
}

/// Returns clap's text, with control characters in a visible form. It has no colours, since clap's could not be distinguished from
/// those of an argument.
fn without_colours<C: Parser>(message: &clap::Error) -> Document {
    let again = C::command().styles(Styles::plain()).try_get_matches();
    let said = again.map_or_else(
        |again| again.render().ansi().to_string(),
        |_| message.to_string(),
    );
    Text::<Terminal>::lines(&said).into()
}
