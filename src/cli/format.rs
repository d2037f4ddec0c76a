//! The option `--format`, for the formats that each result has.

use std::ffi::OsStr;
use std::marker::PhantomData;

use anyhow::Result;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Args, Command};

use super::print;
use super::style::style;
use crate::output::{Format, Render};

/// How a result goes to standard output.
#[derive(Args)]
pub struct Printing<T: Render + 'static> {
    /// The output format
    #[arg(long, value_name = "FORMAT", value_parser = FormatParser::<T>::new(), default_value = default::<T>())]
    format: Format,
    /// Print JSON, as --format json does
    #[arg(long, conflicts_with = "format")]
    json: bool,
    #[arg(skip)]
    result: PhantomData<fn(&T)>,
}

impl<T: Render> Printing<T> {
    /// Returns the format.
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format }
    }
}

fn default<T: Render>() -> &'static str {
    let formats = T::formats();
    formats.first().map_or("", |(format, _)| format.name())
}

/// Prints a result.
pub fn print_as(format: Format, result: &impl Render) -> Result<()> {
    print(result.render(format, style())?)
}

/// Parses the name of a format that a result has.
pub struct FormatParser<T>(PhantomData<fn(&T)>);

impl<T: Render> FormatParser<T> {
    pub fn new() -> Self {
        Self(PhantomData)
    }

    fn values() -> impl Iterator<Item = PossibleValue> {
        let formats = T::formats().into_iter().map(|(format, _)| format);
        formats.map(|format| PossibleValue::new(format.name()).help(format.purpose()))
    }
}

impl<T> Clone for FormatParser<T> {
    fn clone(&self) -> Self {
        Self(PhantomData)
    }
}

impl<T: Render + 'static> TypedValueParser for FormatParser<T> {
    type Value = Format;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Format, clap::Error> {
        let names = PossibleValuesParser::new(Self::values());
        let named = names.try_map(|name| {
            let mut formats = T::formats().into_iter().map(|(format, _)| format);
            let format = formats.find(|format| format.name() == name);
            format.ok_or("no such format")
        });
        named.parse_ref(command, argument, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Self::values()))
    }
}
