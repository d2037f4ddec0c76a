//! The presets, for people.

use std::fmt::Write;

use super::audit::wrapped;
use crate::unit::PRESETS;

/// Every preset with what it shows, and what that means.
pub fn presets() -> String {
    let mut text = String::new();
    for preset in &PRESETS {
        let separator = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{separator}{}: {}", preset.name, preset.purpose);
        for bind in preset.shows() {
            let writable = if bind.writable { " (writable)" } else { "" };
            let _ = if bind.source == bind.target {
                writeln!(text, "    {}{writable}", bind.source)
            } else {
                writeln!(text, "    {} as {}{writable}", bind.source, bind.target)
            };
        }
        for (variable, value) in preset.environment {
            let _ = writeln!(text, "    {variable}={value}");
        }
        text.push_str(&wrapped(preset.opens));
    }
    text
}
