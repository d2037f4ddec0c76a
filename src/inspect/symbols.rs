//! Which functions of libraries a program may call, by the names in its dynamic string table.

use object::{ReadCache, ReadRef};

use super::Elf;
use crate::document::{Content, Document};

/// The string table of a larger program is read to here, in bytes.
const MAX_STRINGS: u64 = 4 << 20;

impl Elf {
    /// Those of these names that the program has among its dynamic symbols. `document`: the file that it was read from.
    pub fn symbols<'n>(&self, document: &Document, names: &[&'n str]) -> Vec<&'n str> {
        let Some((start, size)) = self.strings else {
            return Vec::new();
        };
        let size = size.min(MAX_STRINGS);
        let file;
        let table = match document.content() {
            Content::Bytes(data) => data.read_bytes_at(start, size),
            Content::File(content) => {
                file = ReadCache::new(content);
                (&file).read_bytes_at(start, size)
            }
        };
        let mut found: Vec<&str> = table
            .unwrap_or_default()
            .split(|byte| *byte == 0)
            .filter_map(|text| names.iter().find(|name| name.as_bytes() == text).copied())
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use crate::inspect::read_elf_of;

    #[test]
    fn a_program_names_the_functions_that_it_calls() -> Result<()> {
        let document = crate::document::open(std::path::Path::new("/bin/chown"))?;
        let elf = read_elf_of(&document)?;
        let names = ["getpwnam", "setgroups_of_nobody", "fchownat"];
        assert_eq!(elf.symbols(&document, &names), ["fchownat", "getpwnam"]);
        Ok(())
    }
}
