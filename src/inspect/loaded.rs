//! What of an ELF file is in memory when it runs, without the tables of the dynamic loader: where its strings are, who compiled it, and
//! which functions of other files it calls.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use object::elf::{FileHeader32, FileHeader64, SHF_ALLOC, SHT_DYNSYM, SHT_PROGBITS};
use object::read::elf::{FileHeader, SectionHeader, Sym};
use object::{Endianness, ReadCache, ReadRef};

use crate::document::{Content, Document};

/// The parts of an ELF file that have its strings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// Each with its offset and its size, in bytes; empty if the file has no table of sections.
    pub parts: Vec<(u64, u64)>,
    /// Whether strings are next to each other, without an end: those of Go and Rust are.
    pub has_joined_strings: bool,
    /// Those of the functions asked for that it calls and does not have itself; `None` if it has no table of them: it is static, or
    /// stripped of its table of sections.
    pub imports: Option<BTreeSet<&'static str>>,
}

/// The maximum number of sections, and of bytes of the comments of compilers.
const MAX_SECTIONS: usize = 65536;
const MAX_COMMENT: u64 = 4096;

/// Finds these parts by the table of sections, and which of these functions the file imports.
pub fn read_loaded(document: &Document, functions: &[&'static str]) -> Result<Loaded> {
    match document.content() {
        Content::Bytes(data) => read_any(data, functions),
        Content::File(file) => read_any(&ReadCache::new(file), functions),
    }
}

fn read_any<'d, R: ReadRef<'d>>(data: R, functions: &[&'static str]) -> Result<Loaded> {
    match data.read_bytes_at(4, 1) {
        Ok([1]) => read::<FileHeader32<Endianness>, R>(data, functions),
        Ok([2]) => read::<FileHeader64<Endianness>, R>(data, functions),
        _ => bail!("its class is unknown"),
    }
}

fn read<'d, H: FileHeader<Endian = Endianness>, R: ReadRef<'d>>(
    data: R,
    functions: &[&'static str],
) -> Result<Loaded> {
    let header = H::parse(data)?;
    let endian = header.endian()?;
    let mut loaded = Loaded::default();
    let sections = header.sections(endian, data)?;
    if sections.len() > MAX_SECTIONS {
        bail!("it has {} sections", sections.len());
    }
    for section in sections.iter() {
        let name = sections.section_name(endian, section).unwrap_or_default();
        let offset: u64 = section.sh_offset(endian).into();
        let size: u64 = section.sh_size(endian).into();
        if section.sh_type(endian) != SHT_PROGBITS {
            continue;
        }
        let is_loaded = section.sh_flags(endian).contains(SHF_ALLOC);
        if is_loaded {
            loaded.parts.push((offset, size));
        }
        loaded.has_joined_strings |= match name {
            b".go.buildinfo" | b".gopclntab" | b".data.rel.ro.gopclntab" => true,
            b".comment" => {
                let comment = data.read_bytes_at(offset, size.min(MAX_COMMENT));
                let comment = comment.unwrap_or_default();
                comment.windows(5).any(|word| word == b"rustc")
            }
            _ => false,
        };
    }
    let symbols = sections.symbols(endian, data, SHT_DYNSYM)?;
    if !symbols.is_empty() {
        let undefined = symbols.iter().filter(|symbol| symbol.is_undefined(endian));
        let names = undefined.filter_map(|symbol| symbols.symbol_name(endian, symbol).ok());
        let of_functions = names.filter_map(|name| {
            let mut functions = functions.iter();
            functions.find(|function| function.as_bytes() == name)
        });
        loaded.imports = Some(of_functions.copied().collect());
    }
    Ok(loaded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::open;

    #[test]
    fn this_test_program_is_of_rust_and_has_strings() -> Result<()> {
        let path = std::env::current_exe()?;
        let loaded = read_loaded(&open(&path)?, &[])?;
        assert!(loaded.has_joined_strings);
        assert!(!loaded.parts.is_empty());
        let loaded = read_loaded(
            &open(std::path::Path::new("/bin/env"))?,
            &["execvp", "popen"],
        )?;
        assert!(!loaded.has_joined_strings);
        assert_eq!(loaded.imports, Some(["execvp"].into()));
        Ok(())
    }

    #[test]
    fn a_file_cut_anywhere_is_read_or_refused() -> Result<()> {
        let data = std::fs::read("/bin/true")?;
        for end in (0..data.len()).step_by(97) {
            let _ = read_any(&data[..end], &[]);
        }
        Ok(())
    }
}
