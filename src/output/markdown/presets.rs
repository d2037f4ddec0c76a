//! The presets as a table.

use std::fmt::Write;

use super::{cell, code};
use crate::output::OwnPresets;
use crate::output::presets::{line, note, shows};
use crate::unit::{PRESETS, PresetBind};

/// Every preset with what it shows, and what that means; those of a policy with its file.
pub fn presets(own: Option<OwnPresets>) -> String {
    let mut text =
        "| preset | for | shows, where the host has it | opens |\n| --- | --- | --- | --- |\n"
            .to_owned();
    for preset in &PRESETS {
        let variables = preset.environment.iter();
        let variables = variables.map(|(variable, _)| code(&format!("${variable}")));
        let shows: Vec<_> = (preset.shows().map(|bind| shown(&bind)))
            .chain(variables)
            .collect();
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} |",
            code(preset.name),
            cell(preset.purpose),
            shows.join(", "),
            cell(preset.opens)
        );
    }
    let Some(OwnPresets { file, presets }) = own else {
        return text;
    };
    for (name, preset) in presets {
        let variables = preset.environment.keys();
        let variables = variables.map(|variable| code(&format!("${variable}")));
        let packages = preset.packages.iter().map(|package| code(&line(package)));
        let shows: Vec<_> = (shows(preset).map(|bind| shown(&bind)))
            .chain(variables)
            .chain(packages)
            .collect();
        let _ = writeln!(
            text,
            "| {} | defined in {} | {} | |",
            code(name),
            code(&file.display().to_string()),
            shows.join(", ")
        );
    }
    text
}

fn shown(bind: &PresetBind) -> String {
    let note = note(bind);
    let source = code(&bind.source);
    if bind.source == bind.target {
        format!("{source}{note}")
    } else {
        format!("{source} as {}{note}", code(&bind.target))
    }
}
