//! Determines how output is shown: coloured, and fitted to a terminal.

use std::io::{IsTerminal, stdout};
use std::sync::OnceLock;

use clap::ValueEnum;
use rustix::termios::tcgetwinsize;

use crate::output::human::Style;
use crate::progress as terminal;

/// When standard output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What `--color` says.
static WANTED: OnceLock<Colour> = OnceLock::new();

/// Sets when standard output is coloured. Only the first call has an effect.
pub fn set(colour: Colour) {
    WANTED.get_or_init(|| colour);
}

/// Returns the style for standard output, by `--color`, <https://no-color.org> and <https://bixense.com/clicolors>.
pub fn style() -> Style {
    let is_coloured = match WANTED.get().copied().unwrap_or_default() {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => is_coloured_by_itself(),
    };
    let size = stdout().is_terminal().then(|| tcgetwinsize(stdout()));
    let width = size.and_then(Result::ok).map(|size| size.ws_col.into());
    Style {
        is_coloured,
        // A terminal that does not know its width has 0 columns.
        width: width.filter(|columns| *columns > 0),
    }
}

fn is_coloured_by_itself() -> bool {
    let is_set =
        |name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_capable = stdout().is_terminal() && !terminal::is_dumb();
    !unwanted && (is_set("CLICOLOR_FORCE") || is_capable)
}
