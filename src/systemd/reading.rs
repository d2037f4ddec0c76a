//! How systemd reads one assignment: words split and unescaped, specifiers expanded, ignored parts omitted. The result is a
//! value with the same meaning again, so that everything else can read it.

mod directories;
mod environment;
mod exec;
mod paths;

use super::Specifiers;
use super::kinds::Kind;
use super::specifiers::UnknownSpecifier;
use super::words::{Escapes, Words};
use crate::service::boolean;

pub(super) use exec::{count, exec};

/// The result of an assignment.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    /// The value in force; `None` if systemd ignores all of it.
    pub value: Option<String>,
    /// What systemd ignores with a warning.
    pub ignored: Vec<String>,
    /// Why systemd refuses the unit, if it does.
    pub refused: Option<String>,
}

impl Reading {
    fn taken(value: impl Into<String>) -> Self {
        Self {
            value: Some(value.into()),
            ..Self::default()
        }
    }

    fn ignored(reason: impl Into<String>) -> Self {
        Self {
            ignored: vec![reason.into()],
            ..Self::default()
        }
    }

    fn refused(reason: impl Into<String>) -> Self {
        Self {
            refused: Some(reason.into()),
            ..Self::default()
        }
    }

    /// For a list: the accepted entries, and their separator.
    fn list(entries: &[String], separator: &str, ignored: Vec<String>) -> Self {
        Self {
            // Without entries the value would be empty, which resets those before it.
            value: (!entries.is_empty()).then(|| entries.join(separator)),
            ignored,
            refused: None,
        }
    }
}

/// Reads an assignment of a setting without commands.
pub(super) fn read(setting: &str, value: &str, specifiers: &Specifiers) -> Reading {
    let Some(kind) = Kind::of(setting) else {
        return Reading::taken(value);
    };
    if value.is_empty() {
        return match kind {
            Kind::NeededBoolean => Reading::refused("it is not a boolean: write yes or no"),
            // It has no effect, but confinement must not override an explicit setting.
            Kind::Boolean | Kind::Choice(_) | Kind::ChoiceOrBoolean(_) => Reading {
                ignored: vec!["the value is empty".to_owned()],
                ..Reading::taken("")
            },
            _ => Reading::taken(""),
        };
    }
    match kind {
        Kind::Environment => environment::assignments(value, specifiers),
        Kind::PassEnvironment => environment::names(value, specifiers),
        Kind::UnsetEnvironment => environment::unset(value, specifiers),
        Kind::ExecDirectory => directories::exec_directories(setting, value, specifiers),
        Kind::Bind => paths::binds(value, specifiers),
        Kind::TemporaryFileSystem => paths::temporary_file_systems(value, specifiers),
        Kind::Paths => paths::list(value, specifiers),
        Kind::SearchPath => paths::search_path(value, specifiers),
        Kind::WorkingDirectory => paths::working_directory(value, specifiers),
        Kind::OptionalPath => paths::optional(value, specifiers),
        Kind::Path => paths::whole(value, specifiers).map_or_else(Reading::ignored, Reading::taken),
        Kind::NeededPath => {
            paths::whole(value, specifiers).map_or_else(Reading::refused, Reading::taken)
        }
        Kind::Account => account(value, specifiers),
        Kind::Boolean | Kind::Tristate if boolean(value).is_none() => {
            Reading::ignored(format!("{value:?} is not a boolean"))
        }
        Kind::NeededBoolean if boolean(value).is_none() => {
            Reading::refused(format!("{value:?} is not a boolean"))
        }
        Kind::Boolean | Kind::Tristate | Kind::NeededBoolean => Reading::taken(value),
        Kind::Choice(words) | Kind::ChoiceOrBoolean(words) => {
            let is_boolean = matches!(kind, Kind::ChoiceOrBoolean(_)) && boolean(value).is_some();
            if is_boolean || words.contains(&value) {
                Reading::taken(value)
            } else {
                Reading::ignored(format!("{value:?} is not a valid value"))
            }
        }
        Kind::Text => Reading::taken(text(value, specifiers)),
    }
}

/// Text in a syntax that confinix does not parse: expanded if the expansion can't change how it is split.
fn text(value: &str, specifiers: &Specifiers) -> String {
    let count = |text: &str| {
        text.matches([' ', '\t', '\n', ':', ',', '"', '\'', '\\'])
            .count()
    };
    match specifiers.expand(value) {
        Ok(expanded) if count(&expanded) == count(value) => expanded,
        _ => value.to_owned(),
    }
}

/// `User=` and `Group=` (`config_parse_user_group_compat`, `valid_user_group_name` as it is relaxed).
fn account(value: &str, specifiers: &Specifiers) -> Reading {
    let name = match specifiers.expand(value) {
        Ok(name) => name,
        Err(unknown) => return Reading::refused(unknown_specifier(unknown)),
    };
    let digits = name.strip_prefix('-').unwrap_or(&name);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // -1 as 32 and as 16 bits mean no user.
    let is_id = is_number
        && name
            .parse::<u32>()
            .is_ok_and(|id| id != 65535 && id != u32::MAX)
        && (name == "0" || !name.starts_with('0'));
    let is_name = !is_number
        && !name.is_empty()
        && !name.starts_with(' ')
        && !name.ends_with(' ')
        && !name.contains(|c: char| c.is_ascii_control() || matches!(c, ':' | '/'))
        && !matches!(name.as_str(), "." | "..");
    if is_id || is_name {
        Reading::taken(name)
    } else {
        Reading::refused(format!(
            "{name:?} is neither a name nor a number of a user or group"
        ))
    }
}

fn unknown_specifier(UnknownSpecifier(specifier): UnknownSpecifier) -> String {
    format!("%{specifier} has no value here")
}

/// The words of a value, up to the first invalid one; systemd accepts those before it.
fn words(value: &str, escapes: Escapes, ignored: &mut Vec<String>) -> Vec<String> {
    let mut words = Words::new(value, escapes);
    let mut read = Vec::new();
    while let Some(word) = words.read() {
        match word {
            Ok(word) => read.push(word),
            Err(_) => ignored.push(INVALID.to_owned()),
        }
    }
    read
}

/// The end of a value's words.
const INVALID: &str = "an escape or a quote in it is invalid: the rest of the value is ignored";

/// A word with C's escapes, quoted if necessary.
fn c_word(word: &str) -> String {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"\"'\\".contains(c);
    if !word.is_empty() && word != ";" && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_ascii_control() => quoted.push_str(&hex(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// The escape for an ASCII character.
fn hex(c: char) -> String {
    format!("\\x{:02x}", u32::from(c))
}

/// A word in which a backslash makes the next character literal.
fn literal_word(word: &str) -> String {
    let is_plain = |c: char| !c.is_whitespace() && !"\"'\\".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::UnitName;

    /// What becomes of assignments in `a-b@c-d\x20e.service`; those refused begin with `!`, what is ignored follows in a count.
    pub(super) fn become_(setting: &str, value: &str) -> anyhow::Result<(String, usize)> {
        let name = UnitName::parse(r"a-b@c-d\x20e.service")?;
        let reading = read(setting, value, &Specifiers::of(&name));
        let said = match reading.refused {
            Some(_) => "!".to_owned(),
            None => reading.value.unwrap_or_else(|| "-".to_owned()),
        };
        Ok((said, reading.ignored.len()))
    }

    #[test]
    fn accounts_and_choices_are_checked_as_systemd_does() -> anyhow::Result<()> {
        for (setting, value, expected, ignored) in [
            ("User", "%p", "a-b", 0),
            ("User", "a.b c$", "a.b c$", 0),
            ("User", "4294967295", "!", 0),
            ("User", "065", "!", 0),
            ("User", "%z", "!", 0),
            ("User", "%%", "%%", 0),
            ("PrivateDevices", "", "", 1),
            ("Group", "a:b", "!", 0),
            ("Group", "", "", 0),
            ("DynamicUser", "maybe", "!", 0),
            ("PrivateDevices", "maybe", "-", 1),
            ("MountAPIVFS", "Off", "Off", 0),
            ("PrivateTmp", "disconnected", "disconnected", 0),
            ("Type", "notifi", "-", 1),
            ("Slice", "x-%I.slice", "x-%I.slice", 0),
            ("Slice", "x-%p.slice", "x-a-b.slice", 0),
            ("LimitNOFILE", "%z", "%z", 0),
        ] {
            let expected = (expected.to_owned(), ignored);
            assert_eq!(become_(setting, value)?, expected, "{setting}={value}");
        }
        Ok(())
    }
}
