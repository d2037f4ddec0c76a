//! Parsers of arguments whose values are known: help shows the values, and completions offer them.

use std::ffi::OsStr;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Arg, Command};

use crate::code::Code;
use crate::confine::preset_names;
use crate::service::{Choice, HideClass, Include};

/// Parses a strategy.
pub fn strategy() -> impl TypedValueParser<Value = Choice> {
    one_of(Choice::all().map(Choice::name))
}

/// Parses what to add to closures.
pub fn include() -> impl TypedValueParser<Value = Include> {
    one_of(Include::ALL.map(Include::name))
}

pub fn hide_class() -> impl TypedValueParser<Value = HideClass> {
    one_of(HideClass::ALL.map(HideClass::name))
}

/// Accepts any name of a preset, as users define their own; completions offer the built-in ones.
pub fn preset() -> Offered {
    Offered(preset_names)
}

/// Accepts any text. The parser of codes has a better error than a list of all codes.
pub fn code() -> Offered {
    Offered(|| Code::ALL.iter().map(|code| code.as_str()).collect())
}

/// Accepts only one of these words.
fn one_of<T>(words: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = anyhow::Error> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| word.parse())
}

/// Accepts any text; completions offer these words.
#[derive(Clone)]
pub struct Offered(fn() -> Vec<&'static str>);

impl TypedValueParser for Offered {
    type Value = String;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}
