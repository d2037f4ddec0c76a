//! The presets, for people.

use std::fmt::Write;

use super::audit::wrapped;
use crate::output::OwnPresets;
use crate::output::presets::{line, note, shows};
use crate::unit::{PRESETS, PresetBind};

/// Every preset with what it shows, and what that means; those of a policy with its file.
pub fn presets(own: Option<OwnPresets>) -> String {
    let mut text = String::new();
    for preset in &PRESETS {
        let separator = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{separator}{}: {}", preset.name, preset.purpose);
        binds(&mut text, preset.shows());
        for (variable, value) in preset.environment {
            let _ = writeln!(text, "    {variable}={value}");
        }
        text.push_str(&wrapped(preset.opens));
    }
    let Some(OwnPresets { file, presets }) = own else {
        return text;
    };
    for (name, preset) in presets {
        let _ = writeln!(text, "\n{name}: defined in {}", file.display());
        binds(&mut text, shows(preset));
        for (variable, value) in &preset.environment {
            let _ = writeln!(text, "    {variable}={}", line(value));
        }
        for package in &preset.packages {
            let _ = writeln!(text, "    {} with its closure", line(package));
        }
    }
    text
}

fn binds(text: &mut String, binds: impl Iterator<Item = PresetBind>) {
    for bind in binds {
        let note = note(&bind);
        let _ = if bind.source == bind.target {
            writeln!(text, "    {}{note}", bind.source)
        } else {
            writeln!(text, "    {} as {}{note}", bind.source, bind.target)
        };
    }
}
