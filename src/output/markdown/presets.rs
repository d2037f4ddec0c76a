//! The presets as a table.

use std::fmt::Write;

use super::{cell, code};
use crate::unit::PRESETS;

/// Every preset with what it shows, and what that means.
pub fn presets() -> String {
    let mut text =
        "| preset | for | shows, where the host has it | opens |\n| --- | --- | --- | --- |\n"
            .to_owned();
    for preset in &PRESETS {
        let binds = preset.shows().map(|bind| {
            let writable = if bind.writable { " (writable)" } else { "" };
            let source = code(&bind.source);
            if bind.source == bind.target {
                format!("{source}{writable}")
            } else {
                format!("{source} as {}{writable}", code(&bind.target))
            }
        });
        let variables = preset.environment.iter();
        let variables = variables.map(|(variable, _)| code(&format!("${variable}")));
        let shows: Vec<_> = binds.chain(variables).collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            code(preset.name),
            cell(preset.purpose),
            shows.join(", "),
            cell(preset.opens)
        );
    }
    text
}
