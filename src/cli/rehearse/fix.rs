//! `confinix rehearse --fix`: the changes, written to `confinix.toml`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use super::super::{Usage, file_name};
use crate::change::Table;
use crate::config::{Fixed, fix};
use crate::document::{Kind, is_stream, read_given, write_whole};
use crate::progress::Progress;
use crate::rehearse::Rehearsal;
use crate::service::{Services, UnitName};
use crate::source::Request;
use crate::text::{Document, Terminal, Text, text};

/// Where `--fix` writes.
pub struct Fix(PathBuf);

impl Fix {
    /// Fails if `--fix` can't write the options of these services.
    pub fn new(request: &Request, services: &Services) -> Result<Self> {
        if services.source.is_nix() {
            bail!(Usage(
                "--fix writes confinix.toml, which has options only of services that are configured by unit files; these are configured in Nix: --changes writes a NixOS module for them".into()
            ));
        }
        let file = request.configuration.file()?;
        if is_stream(&file) {
            bail!(Usage(format!(
                "--fix can't write {}, which is not a regular file: name one with --preset-file",
                file.display()
            )));
        }
        file_name(&file)?;
        Ok(Self(file))
    }

    /// Writes the changes of all services whose changes are options of confinement, and tells what it wrote. Returns the services
    /// that are fixed.
    pub fn write(&self, rehearsal: &Rehearsal, progress: &Progress) -> Result<Vec<UnitName>> {
        let file = self.0.display();
        let mut told = Text::<Terminal>::default();
        let mut options = BTreeMap::new();
        for name in rehearsal.services.keys() {
            let Some(changes) = rehearsal.changes(name) else {
                continue;
            };
            match Table::of(&changes.list) {
                Ok(table) => {
                    options.insert(name.clone(), table);
                }
                Err(change) => told.push(text!(
                    "{}: --fix wrote none of its changes: {} belongs into its unit, not into confinix.toml; the report has the drop-in\n",
                    name,
                    change.option()
                )),
            }
        }
        let before = read(&self.0)?;
        let Fixed { text, added } = fix(&file.to_string(), &before, &options)?;
        if !added.is_empty() {
            write_whole(&self.0, Document::own(text))?;
            told.push(text!("{}: --fix added\n", file));
            for line in added {
                told.push(text!("  {}\n", line));
            }
        }
        progress.list(told);
        Ok(options.into_keys().collect())
    }
}

/// The content of a file; nothing if it does not exist.
fn read(file: &Path) -> Result<String> {
    let context = || format!("cannot read {}", file.display());
    match read_given(file, Kind::Policy) {
        Err(error) if error.is_absent() => Ok(String::new()),
        read => String::from_utf8(read.with_context(context)?).with_context(context),
    }
}
