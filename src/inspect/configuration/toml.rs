//! Reads TOML, with the parser that also reads `confinix.toml`.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Entries, Entry, Lines, Nesting};

pub(super) fn read(text: &str) -> Result<Vec<Entry>, String> {
    let table = DeTable::parse(text).map_err(|_| "could not be read as TOML".to_owned())?;
    let mut reader = Reader {
        lines: Lines::of(text),
        entries: Entries::default(),
        nesting: Nesting::default(),
    };
    reader.table(table.get_ref())?;
    Ok(reader.entries.0)
}

struct Reader {
    lines: Lines,
    entries: Entries,
    nesting: Nesting,
}

impl Reader {
    fn table(&mut self, table: &DeTable) -> Result<(), String> {
        for (key, value) in table {
            self.value(key.get_ref(), value)?;
        }
        Ok(())
    }

    /// Adds the value of a key, or an element of its list. The parser limits the nesting.
    fn value(&mut self, key: &str, value: &Spanned<DeValue>) -> Result<(), String> {
        match value.get_ref() {
            DeValue::String(text) => self.entries.add(Entry {
                key: key.to_owned(),
                within: self.nesting.name(),
                values: vec![text.to_string()],
                line: self.lines.at(value.span().start),
            }),
            DeValue::Array(all) => all.iter().try_for_each(|one| self.value(key, one)),
            DeValue::Table(table) => {
                self.nesting.enter(key)?;
                self.table(table)?;
                self.nesting.leave();
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
