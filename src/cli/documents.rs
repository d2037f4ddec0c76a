//! Reports in several formats at once, to files and to standard output.

use std::collections::BTreeSet;
use std::fs;
use std::io::{IsTerminal, stdout};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Result, bail};

use super::{Usage, file_name, print};
use crate::document::{Prepared, is_stream};
use crate::output::human::Style;
use crate::progress as terminal;
use crate::text::Document;

/// A format of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Human,
    Json,
    Sarif,
    Github,
    Markdown,
    Junit,
}

impl Format {
    const ALL: [(Self, &str); 6] = [
        (Self::Human, "human"),
        (Self::Json, "json"),
        (Self::Sarif, "sarif"),
        (Self::Github, "github"),
        (Self::Markdown, "markdown"),
        (Self::Junit, "junit"),
    ];
}

/// A format, and the file it is written to.
#[derive(Clone, Debug)]
pub struct Wish {
    pub format: Format,
    file: Option<PathBuf>,
}

impl FromStr for Wish {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (name, file) = match text.split_once('=') {
            Some((name, file)) => (name, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let Some((format, _)) = Format::ALL.into_iter().find(|(_, known)| *known == name) else {
            let names: Vec<_> = Format::ALL.iter().map(|(_, name)| *name).collect();
            return Err(format!(
                "there is no such format: there are {}",
                names.join(", ")
            ));
        };
        if file
            .as_ref()
            .is_some_and(|file| file.as_os_str().is_empty())
        {
            return Err("no file is named after '='".to_owned());
        }
        Ok(Self { format, file })
    }
}

/// Renders every wish, and only then writes any: files first, each whole or not at all. `output` is the file of a wish without one.
pub fn deliver(
    wishes: &[Wish],
    output: Option<&Path>,
    render: impl Fn(Format, Style) -> Result<Document>,
) -> Result<()> {
    let default = [Wish {
        format: Format::Human,
        file: None,
    }];
    let wishes = if wishes.is_empty() { &default } else { wishes };
    let without_file = wishes.iter().filter(|wish| wish.file.is_none()).count();
    if without_file > 1 {
        bail!(Usage(
            "only one format can go to standard output or to --output: name files for the others (--format json=FILE)".into()
        ));
    }
    if without_file == 0 && output.is_some() {
        bail!(Usage(
            "--output is for a format without a file of its own, and each has one".into()
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
            Some(file) => documents.push((file, render(wish.format, Style::Plain)?)),
            None => printed = Some(render(wish.format, style())?),
        }
    }
    // Where one of them can't be written, none is.
    let prepared = documents
        .iter()
        .map(|(file, document)| Prepared::new(file_name(file)?, document))
        .collect::<Result<Vec<_>>>()?;
    for document in prepared {
        document.put()?;
    }
    printed.map_or(Ok(()), print)
}

/// What the name of a file leads to, be it there or not.
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

/// The style for standard output. <https://no-color.org>, <https://bixense.com/clicolors>
pub fn style() -> Style {
    let is_set =
        |name| std::env::var_os(name).is_some_and(|value| !value.is_empty() && value != "0");
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let is_capable = stdout().is_terminal() && !terminal::is_dumb();
    if !unwanted && (is_set("CLICOLOR_FORCE") || is_capable) {
        Style::Coloured
    } else {
        Style::Plain
    }
}
