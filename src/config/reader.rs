//! Reads values with their places.

use std::ops::Range;

use anyhow::{Result, bail};
use toml::Spanned;
use toml::de::DeValue;

use super::{Limit, Place, Places, UnknownKey};
use crate::code::{Code, Level, Levels};
use crate::systemd::ExposureLevel;
use crate::text::{closest, parse_bytes};

pub(super) type Value<'i> = Spanned<DeValue<'i>>;

pub(super) struct Reader<'t> {
    pub(super) places: Places<'t>,
    pub(super) unknown_keys: Vec<UnknownKey>,
}

/// A table as it is written: `[table.name]`.
pub(super) fn table_named(table: &str, name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    if !name.is_empty() && name.chars().all(is_bare) {
        format!("[{table}.{name}]")
    } else {
        format!("[{table}.{name:?}]")
    }
}

/// Describes an unknown key. `table`: where it is.
pub(super) fn unknown_key(key: &str, table: &str, known: &[&str]) -> String {
    let hint = match closest(key, known.iter().copied()) {
        Some(meant) => format!("; did you mean {meant:?}?"),
        None => format!(": expected one of {}", known.join(", ")),
    };
    format!("unknown key {key:?} in {table}{hint}")
}

impl Reader<'_> {
    pub(super) fn place(&self, span: &Range<usize>) -> Place {
        self.places.at(span)
    }

    pub(super) fn unknown(
        &mut self,
        key: &str,
        span: Range<usize>,
        table: &'static str,
        known: &'static [&'static str],
    ) {
        self.unknown_keys.push(UnknownKey {
            place: self.place(&span),
            key: key.to_owned(),
            table,
            known,
        });
    }

    pub(super) fn wrong(&self, what: &str, expected: &str, value: &Value) -> anyhow::Error {
        anyhow::anyhow!(
            "{}: {what} must be {expected}, not {} {}",
            self.place(&value.span()),
            if value.get_ref().type_str().starts_with(['a', 'i']) {
                "an"
            } else {
                "a"
            },
            value.get_ref().type_str()
        )
    }

    /// Adds the place to an error about a value.
    pub(super) fn at<T>(&self, value: &Value, result: Result<T>) -> Result<T> {
        result.map_err(|error| anyhow::anyhow!("{}: {error:#}", self.place(&value.span())))
    }

    pub(super) fn list<'v, 'i>(
        &self,
        what: &str,
        expected: &str,
        value: &'v Value<'i>,
    ) -> Result<&'v [Value<'i>]> {
        match value.get_ref().as_array() {
            Some(list) => Ok(list),
            None => Err(self.wrong(what, expected, value)),
        }
    }

    pub(super) fn string<'v>(&self, what: &str, value: &'v Value) -> Result<&'v str> {
        match value.get_ref().as_str() {
            Some(text) => Ok(text),
            None => Err(self.wrong(what, "a string", value)),
        }
    }

    pub(super) fn code(&self, value: &Value, code: &str) -> Result<Code> {
        self.at(value, code.parse())
    }

    pub(super) fn levels(&self, value: &Value) -> Result<Levels> {
        let Some(table) = value.get_ref().as_table() else {
            return Err(self.wrong("levels", "a table of codes", value));
        };
        let mut levels = Levels::new();
        for (key, value) in table {
            let place = self.place(&key.span());
            let code: Code =
                (key.get_ref().parse()).map_err(|error| anyhow::anyhow!("{place}: {error:#}"))?;
            let level = self.string(code.as_str(), value)?;
            levels.insert(code, self.at(value, Level::parse(level))?);
        }
        Ok(levels)
    }

    pub(super) fn number(&self, what: &str, value: &Value) -> Result<Limit> {
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|number| u64::from_str_radix(number.as_str(), number.radix()).ok());
        match number {
            Some(number) => Ok(Limit {
                place: self.place(&value.span()),
                value: number,
            }),
            None => bail!(
                "{}: {what} must be a number of 0 or more",
                self.place(&value.span())
            ),
        }
    }

    pub(super) fn exposure(&self, value: &Value) -> Result<Limit> {
        let text = match value.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => number.as_str(),
            DeValue::Float(number) => number.as_str(),
            _ => {
                return Err(self.wrong("max-exposure", "a decimal number from 0.0 to 10.0", value));
            }
        };
        let level = self.at(value, text.parse::<ExposureLevel>())?;
        Ok(Limit {
            place: self.place(&value.span()),
            value: level.tenths(),
        })
    }

    pub(super) fn size(&self, value: &Value) -> Result<Limit> {
        match value.get_ref() {
            DeValue::Integer(_) => self.number("max-size", value),
            DeValue::String(text) => Ok(Limit {
                place: self.place(&value.span()),
                value: self.at(value, parse_bytes(text))?,
            }),
            _ => Err(self.wrong("max-size", "a size, as \"500 MiB\"", value)),
        }
    }
}
