//! Writes results in several formats at once, to files and to standard output.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, Args, Command};

use super::format::FormatParser;
use super::style::style;
use super::{Usage, file_name, print};
use crate::document::{Prepared, is_stream};
use crate::output::human::Style;
use crate::output::{Format, Render};

/// A requested format, and the file to write it to; `None` for standard output or `--output`.
#[derive(Clone, Debug)]
pub struct Wish {
    pub format: Format,
    file: Option<PathBuf>,
}

/// The formats in which a result is written, each to a file or to standard output.
#[derive(Args)]
pub struct Wishes<T: Render + 'static> {
    #[arg(
        long = "format",
        value_name = "FORMAT[=FILE]",
        value_parser = WishParser::<T>::new(),
        help = help::<T>(),
        long_help = format!("{}\n\nOne format may have no file: it is printed to standard output.", help::<T>())
    )]
    formats: Vec<Wish>,
    /// Print JSON, as --format json does
    #[arg(long)]
    json: bool,
    #[arg(skip)]
    result: PhantomData<fn(&T)>,
}

impl<T: Render> Wishes<T> {
    /// Returns them all.
    pub fn all(&self) -> Vec<Wish> {
        let json = self.json.then_some(Wish {
            format: Format::Json,
            file: None,
        });
        self.formats.iter().cloned().chain(json).collect()
    }
}

fn help<T: Render>() -> String {
    let formats = T::formats();
    let default = formats.first().map_or("", |(format, _)| format.name());
    format!("The format and file of a report; may be repeated [default: {default}]")
}

/// Parses `FORMAT` or `FORMAT=FILE`, for a format that a result has.
pub struct WishParser<T>(FormatParser<T>);

impl<T: Render> WishParser<T> {
    pub fn new() -> Self {
        Self(FormatParser::new())
    }
}

impl<T> Clone for WishParser<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Render + 'static> TypedValueParser for WishParser<T> {
    type Value = Wish;

    fn parse_ref(
        &self,
        command: &Command,
        argument: Option<&Arg>,
        value: &OsStr,
    ) -> Result<Wish, clap::Error> {
        let (name, file) = match value.to_str().and_then(|value| value.split_once('=')) {
            Some((name, file)) => (OsStr::new(name), Some(file)),
            None => (value, None),
        };
        let format = self.0.parse_ref(command, argument, name)?;
        if file.is_some_and(str::is_empty) {
            let refusal = StringValueParser::new().try_map(|_| Err("no file is named after '='"));
            return refusal.parse_ref(command, argument, value);
        }
        let file = file.map(PathBuf::from);
        Ok(Wish { format, file })
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        self.0.possible_values()
    }
}

/// Renders all requested formats before it writes any: first the files, each whole or not at all, then standard output. `output` is
/// the file of a format without one.
pub fn deliver<T: Render>(wishes: &[Wish], output: Option<&Path>, result: &T) -> Result<()> {
    let default: Vec<_> = T::formats()
        .iter()
        .take(1)
        .map(|(format, _)| Wish {
            format: *format,
            file: None,
        })
        .collect();
    let wishes = if wishes.is_empty() { &default } else { wishes };
    let without_file = wishes.iter().filter(|wish| wish.file.is_none()).count();
    if without_file > 1 {
        bail!(Usage(
            "only one format can go to standard output or to --output: name files for the others (--format json=FILE)".into()
        ));
    }
    if without_file == 0 && output.is_some() {
        bail!(Usage(
            "--output has no effect: every format names its own file".into()
        ));
    }
    let file_of = |wish: &'_ Wish| wish.file.clone().or_else(|| output.map(Path::to_owned));
    let mut named = BTreeSet::new();
    for file in wishes.iter().filter_map(file_of) {
        if !is_stream(&file) && !named.insert(canonical(&file)) {
            bail!(Usage(format!(
                "two formats can't go to the same file {}: name another for one of them",
                file.display()
            )));
        }
    }
    let mut documents = Vec::new();
    let mut printed = None;
    for wish in wishes {
        match file_of(wish) {
            Some(file) => documents.push((file, result.render(wish.format, Style::PLAIN)?)),
            None => printed = Some(result.render(wish.format, style())?),
        }
    }
    // If one of the files can't be written, write none.
    let prepared = documents
        .iter()
        .map(|(file, document)| Prepared::new(file_name(file)?, document))
        .collect::<Result<Vec<_>>>()?;
    for document in prepared {
        document.put()?;
    }
    printed.map_or(Ok(()), print)
}

/// Resolves the name of a file, whether or not the file exists.
fn canonical(file: &Path) -> PathBuf {
    if let Ok(file) = fs::canonicalize(file) {
        return file;
    }
    match (
        file.parent().map(|parent| Path::new(".").join(parent)),
        file.file_name(),
    ) {
        (Some(parent), Some(name)) => {
            fs::canonicalize(parent).map_or_else(|_| file.to_owned(), |parent| parent.join(name))
        }
        _ => file.to_owned(),
    }
}
