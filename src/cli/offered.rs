//! Values that the command line knows: help shows them, and completions offer them.

use std::ffi::OsStr;
use std::str::FromStr;

use clap::builder::{PossibleValue, PossibleValuesParser, StringValueParser, TypedValueParser};
use clap::{Arg, Command};

use crate::code::Code;
use crate::confine::preset_names;
use crate::service::{Choice, Include};

/// A strategy.
pub fn strategy() -> impl TypedValueParser<Value = Choice> {
    one_of(Choice::all().map(Choice::name))
}

/// What to add to closures.
pub fn include() -> impl TypedValueParser<Value = Include> {
    one_of(Include::ALL.map(Include::name))
}

/// A preset: confinix's own are offered, and there may be others.
pub fn preset() -> Offered {
    Offered(preset_names)
}

/// A code. Its own error is better than a list of all codes.
pub fn code() -> Offered {
    Offered(|| Code::ALL.iter().map(|code| code.as_str()).collect())
}

/// One of these words and no other.
fn one_of<T>(words: impl IntoIterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = anyhow::Error> + Clone + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| word.parse())
}

/// Any text; completions offer these words.
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
