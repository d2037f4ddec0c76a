//! The directories that systemd makes for a service (`config_parse_exec_directories`).

use super::paths::{Wanted, path};
use super::{INVALID, Reading, hex, words};
use crate::systemd::Specifiers;
use crate::systemd::words::{Escapes, colon_parts};

/// This is as of systemd 257: see [`crate::systemd::ExecDirectories::of`].
pub(super) fn exec_directories(setting: &str, value: &str, specifiers: &Specifiers) -> Reading {
    let mut ignored = Vec::new();
    let mut entries = Vec::new();
    for word in words(value, Escapes::Kept, &mut ignored) {
        let Some(parts) = colon_parts(&word) else {
            ignored.push(INVALID.to_owned());
            break;
        };
        match exec_directory(setting, &parts, specifiers) {
            Ok(word) => entries.push(word),
            Err(reason) => ignored.push(reason),
        }
    }
    Reading::list(&entries, " ", ignored)
}

fn exec_directory(
    setting: &str,
    parts: &[String],
    specifiers: &Specifiers,
) -> Result<String, String> {
    let part = |index: usize| parts.get(index).map_or("", String::as_str);
    let directory = path(part(0), Wanted::Relative, specifiers)?;
    if directory == "private" || directory.starts_with("private/") {
        return Err(format!("{directory:?} is systemd's own"));
    }
    let mut word = escaped(&directory);
    let (link, flags) = (part(1), part(2));
    if !link.is_empty() {
        if setting == "ConfigurationDirectory" {
            return Err(format!("{link:?}: this directory can't have links"));
        }
        word = format!(
            "{word}:{}",
            escaped(&path(link, Wanted::Relative, specifiers)?)
        );
    }
    match flags {
        "" => {}
        "ro" if link.is_empty() => word.push_str("::ro"),
        "ro" => word.push_str(":ro"),
        flags => return Err(format!("{flags:?} is not a flag of it")),
    }
    Ok(word)
}

/// A part of a word of [`Escapes::Kept`].
fn escaped(part: &str) -> String {
    let mut escaped = String::new();
    for c in part.chars() {
        match c {
            '\\' | ':' => escaped.extend(['\\', c]),
            c if c.is_ascii_control() || " \"'".contains(c) => {
                escaped.push_str(&hex(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}
