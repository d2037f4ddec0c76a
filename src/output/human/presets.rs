//! The presets, for people.

use super::explain::wrapped;
use crate::confine::{PRESETS, PresetBind};
use crate::output::presets::{note, shows};
use crate::output::{OwnPresets, PresetList};
use crate::text::{Terminal, Text, text};

/// Every preset with the files that it makes visible, and what it exposes. The presets of a policy are listed with its file.
pub fn presets(listed: &PresetList) -> Text<Terminal> {
    let mut text = Text::new();
    for preset in &PRESETS {
        let separator = if text.is_empty() { "" } else { "\n" };
        text.push(text!(
            "{}{}: {}\n",
            Text::own(separator),
            preset.name,
            preset.purpose
        ));
        binds(&mut text, preset.shows());
        for (variable, value) in preset.environment {
            text.push(text!("    {}={}\n", *variable, *value));
        }
        text.push(Text::lines(&wrapped(&format!("Exposes: {}", preset.opens))));
    }
    let Some(OwnPresets { file, presets }) = listed.own else {
        return text;
    };
    for (name, preset) in presets {
        text.push(text!("\n{}: defined in {}\n", name, file));
        binds(&mut text, shows(preset));
        for (variable, value) in &preset.environment {
            text.push(text!("    {}={}\n", variable, value.text));
        }
        for package in &preset.packages {
            text.push(text!("    {} with its closure\n", package.text));
        }
    }
    text
}

fn binds(text: &mut Text<Terminal>, binds: impl Iterator<Item = PresetBind>) {
    for bind in binds {
        let note = note(&bind);
        text.push(if bind.source == bind.target {
            text!("    {}{}\n", bind.source, note)
        } else {
            text!("    {} as {}{}\n", bind.source, bind.target, note)
        });
    }
}
