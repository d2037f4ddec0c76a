//! Adds options of services to the text of a `confinix.toml`. Comments, order and formatting of the rest stay as they are.

mod contradiction;
mod list;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use toml_edit::{DocumentMut, InlineTable, Item, Table as Section, TableLike, Value};

use self::contradiction::refuse_contradictions;
use self::list::extend;
use super::reader::table_named;
use super::service::unit_name;
use super::{Config, parse_config};
use crate::change::{Table, preset_name};
use crate::service::UnitName;
use crate::text::toml_string;

/// What options became of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The new content of the file.
    pub text: String,
    /// What was added, one line for each key.
    pub added: Vec<String>,
}

/// Adds options of services to `text`, the content of `file`. Lists are extended; what the file already has is left as it is. Fails with
/// the place of an option that the file sets to another value.
pub fn fix(file: &str, text: &str, options: &BTreeMap<UnitName, Table>) -> Result<Fixed> {
    let before = parse_config(file, text)?;
    refuse_contradictions(file, text, &before, options)?;
    let document = text.parse::<DocumentMut>();
    let mut editor = Editor {
        document: document.with_context(|| format!("cannot change {file}"))?,
        has_appended: false,
        added: Vec::new(),
    };
    for (name, table) in options {
        editor.add(name, table, &before)?;
    }
    if editor.added.is_empty() {
        return Ok(Fixed {
            text: text.to_owned(),
            added: Vec::new(),
        });
    }
    let mut fixed = editor.document.to_string();
    if text.contains("\r\n") {
        fixed = fixed.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    let after = parse_config(file, &fixed);
    let after = after.with_context(|| format!("cannot add options to {file}"))?;
    for (name, table) in options {
        ensure!(
            has(&after, name, table),
            "cannot add the options of {name} to {file}, because of how the file writes its tables: write {} as a header",
            table_named("services", name.stem())
        );
    }
    Ok(Fixed {
        text: fixed,
        added: editor.added,
    })
}

/// A file that is changed.
struct Editor {
    document: DocumentMut,
    /// Whether a table was added at its end.
    has_appended: bool,
    added: Vec<String>,
}

impl Editor {
    fn add(&mut self, name: &UnitName, table: &Table, before: &Config) -> Result<()> {
        let mut presets = table.presets.clone();
        let binds = missing_binds(name, table, before);
        if !binds.is_empty() {
            let preset = own_preset(name, before);
            self.extend(
                "presets",
                &preset,
                |key| key == preset,
                "bind-read-only",
                &binds,
            )?;
            presets.push(preset);
        }
        let is_service = |key: &str| unit_name(key).is_ok_and(|other| other == *name);
        let lists = [
            ("packages", &table.packages),
            ("include", &table.include),
            ("presets", &presets),
        ];
        for (key, values) in lists.into_iter().filter(|(_, values)| !values.is_empty()) {
            self.extend("services", name.stem(), is_service, key, values)?;
        }
        let texts = [("bin-sh", &table.bin_sh), ("strategy", &table.strategy)];
        for (key, value) in texts {
            let Some(value) = value else { continue };
            let (section, header) = self.section("services", name.stem(), is_service)?;
            // Another value would have been a contradiction.
            if !section.contains_key(key) {
                section.insert(key, toml_edit::value(value.as_str()));
                self.added
                    .push(format!("{header} {key} = {}", toml_string(value)));
            }
        }
        Ok(())
    }

    /// Extends a list in a section, which is created if it does not exist.
    fn extend(
        &mut self,
        outer: &str,
        new: &str,
        is_inner: impl Fn(&str) -> bool,
        key: &str,
        values: &[String],
    ) -> Result<()> {
        let (section, header) = self.section(outer, new, is_inner)?;
        let added = extend(section, key, values)?;
        if !added.is_empty() {
            let added: Vec<_> = added.iter().map(|value| toml_string(value)).collect();
            self.added
                .push(format!("{header} {key} += {}", added.join(", ")));
        }
        Ok(())
    }

    /// Returns the table `[outer.inner]` with its header. It is the one whose name fits, or a new one at the end of the file.
    fn section(
        &mut self,
        outer: &str,
        new: &str,
        is_inner: impl Fn(&str) -> bool,
    ) -> Result<(&mut dyn TableLike, String)> {
        let is_present = self.document.contains_key(outer);
        if !is_present {
            let mut section = Section::new();
            section.set_implicit(true);
            self.document.insert(outer, Item::Table(section));
        }
        let of_outer = self.document.get(outer).and_then(Item::as_table_like);
        let present = of_outer.and_then(|outer| {
            let mut keys = outer.iter().map(|(key, _)| key.to_owned());
            keys.find(|key| is_inner(key))
        });
        let is_inline = matches!(self.document.get(outer), Some(Item::Value(_)));
        let key = present.clone().unwrap_or_else(|| new.to_owned());
        let inner = match (&present, is_inline) {
            (Some(_), _) => None,
            (None, true) => Some(Item::Value(Value::InlineTable(InlineTable::new()))),
            (None, false) => Some(Item::Table(self.appended())),
        };
        let header = table_named(outer, &key);
        let outer = self.document.get_mut(outer);
        let Some(outer) = outer.and_then(Item::as_table_like_mut) else {
            bail!("{header} can't be added");
        };
        if let Some(inner) = inner {
            outer.insert(&key, inner);
        }
        match outer.get_mut(&key).and_then(Item::as_table_like_mut) {
            Some(section) => Ok((section, header)),
            None => bail!("{header} is not a table"),
        }
    }

    /// A new table for the end of the file. Comments at the end of the file stay before the first one.
    fn appended(&mut self) -> Section {
        let mut section = Section::new();
        section.set_position(Some(isize::MAX));
        if !self.has_appended {
            self.has_appended = true;
            let trailing = self.document.trailing().as_str().unwrap_or_default();
            let trailing = trailing
                .trim_end_matches(['\n', '\r', ' ', '\t'])
                .to_owned();
            if !trailing.trim().is_empty() {
                section.decor_mut().set_prefix(format!("{trailing}\n\n"));
            }
            self.document.set_trailing("");
        }
        section
    }
}

/// The binds that none of the presets of a service has.
fn missing_binds(name: &UnitName, table: &Table, before: &Config) -> Vec<String> {
    let own = before.services.get(name);
    let own = own.into_iter().flat_map(|options| &options.presets);
    let shown: Vec<&str> = own
        .filter_map(|preset| before.presets.get(preset))
        .flat_map(|preset| &preset.bind_read_only)
        .map(|bind| bind.text.as_str())
        .collect();
    let binds = table.binds.iter();
    binds
        .filter(|bind| !shown.contains(&bind.as_str()))
        .cloned()
        .collect()
}

/// The name of a preset that no other service has.
fn own_preset(name: &UnitName, before: &Config) -> String {
    let first = preset_name(name, "rehearsed");
    let numbered = (2..).map(|number| format!("{first}-{number}"));
    let mut names = std::iter::once(first.clone()).chain(numbered);
    let is_free = |preset: &String| {
        let mut services = before.services.iter();
        let has = |options: &super::ServiceOptions| options.presets.contains(preset);
        let is_own = before.services.get(name).is_some_and(has);
        !services.any(|(other, options)| other != name && has(options))
            && (is_own || !before.presets.contains_key(preset))
    };
    names.find(is_free).unwrap_or(first)
}

/// Whether a service has these options.
fn has(config: &Config, name: &UnitName, table: &Table) -> bool {
    let Some(options) = config.services.get(name) else {
        return *table == Table::default();
    };
    let has_text =
        |wanted: &Option<String>, value: Option<String>| wanted.is_none() || *wanted == value;
    let include: Vec<_> = options.include.iter().map(|one| one.name()).collect();
    let packages: Vec<_> = options.packages.iter().map(|one| &one.text).collect();
    let bin_sh = options.bin_sh.as_ref().map(|program| program.text.clone());
    missing_binds(name, table, config).is_empty()
        && table.packages.iter().all(|one| packages.contains(&one))
        && table
            .include
            .iter()
            .all(|one| include.contains(&one.as_str()))
        && table
            .presets
            .iter()
            .all(|one| options.presets.contains(one))
        && has_text(&table.bin_sh, bin_sh)
        && has_text(&table.strategy, options.strategy.map(String::from))
}
