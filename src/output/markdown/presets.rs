//! The presets as a table.

use crate::confine::{PRESETS, PresetBind};
use crate::output::presets::{note, shows};
use crate::output::{OwnPresets, PresetList};
use crate::text::{Markdown, Text, text};

/// Every preset with the files that it makes visible, and what it exposes. The presets of a policy are listed with its file.
pub fn presets(listed: &PresetList) -> Text<Markdown> {
    let mut text = Text::own(
        "| preset | for | shows, if the host has it | opens |\n| --- | --- | --- | --- |\n",
    );
    for preset in &PRESETS {
        let variables = preset.environment.iter();
        let variables = variables.map(|(variable, _)| Text::code(&format!("${variable}")));
        let shows = (preset.shows().map(|bind| shown(&bind))).chain(variables);
        text.push(text!(
            "| {} | {} | {} | {} |\n",
            Text::code(preset.name),
            Text::own(preset.purpose),
            Text::join(shows, ", "),
            Text::own(preset.opens)
        ));
    }
    let Some(OwnPresets { file, presets }) = listed.own else {
        return text;
    };
    for (name, preset) in presets {
        let variables = preset.environment.keys();
        let variables = variables.map(|variable| Text::code(&format!("${variable}")));
        let packages = preset.packages.iter();
        let packages = packages.map(|package| Text::code(&package.text));
        let shows = (shows(preset).map(|bind| shown(&bind)))
            .chain(variables)
            .chain(packages);
        text.push(text!(
            "| {} | defined in {} | {} | |\n",
            Text::code(name),
            Text::code(file),
            Text::join(shows, ", ")
        ));
    }
    text
}

fn shown(bind: &PresetBind) -> Text<Markdown> {
    let note = note(bind);
    let source = Text::code(&bind.source);
    if bind.source == bind.target {
        text!("{}{}", source, note)
    } else {
        text!("{} as {}{}", source, Text::code(&bind.target), note)
    }
}
