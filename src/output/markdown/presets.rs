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
        let binds = preset.binds.iter().map(|bind| match bind.split_once(':') {
            Some((source, target)) => format!("{} as {}", code(source), code(target)),
            None => code(bind),
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
