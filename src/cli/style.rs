//! Determines whether standard output is coloured.

use std::io::{IsTerminal, stdout};

use crate::output::human::Style;
use crate::progress as terminal;

/// Returns the style for standard output, by <https://no-color.org> and <https://bixense.com/clicolors>.
pub fn style() -> Style {
    let is_set =
        |name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_capable = stdout().is_terminal() && !terminal::is_dumb();
    if !unwanted && (is_set("CLICOLOR_FORCE") || is_capable) {
        Style::Coloured
    } else {
        Style::Plain
    }
}
