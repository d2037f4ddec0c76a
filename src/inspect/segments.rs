//! What of an ELF file the kernel maps as code, and whether it can be started.

use anyhow::{Result, bail};
use object::elf::{
    DF_1_PIE, DT_FLAGS_1, ET_EXEC, FileHeader32, FileHeader64, PF_X, PT_DYNAMIC, PT_INTERP, PT_LOAD,
};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{Endianness, ReadCache, ReadRef};

use crate::document::{Content, Document};

/// The code in an ELF file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Segments {
    /// Whether it is a program: at a fixed address, with a loader, or marked as one that has none.
    pub is_program: bool,
    /// The bytes of the file that are mapped as code.
    pub code: u64,
}

/// The maximum number of program headers, and of bytes of the dynamic section.
const MAX_HEADERS: usize = 1024;
const MAX_DYNAMIC: u64 = 1 << 20;

/// Reads the program headers of an ELF file. A file that the kernel would refuse is an error.
pub fn read_segments(document: &Document) -> Result<Segments> {
    match document.content() {
        Content::Bytes(data) => read_any(data),
        Content::File(file) => read_any(&ReadCache::new(file)),
    }
}

fn read_any<'d, R: ReadRef<'d>>(data: R) -> Result<Segments> {
    match data.read_bytes_at(4, 1) {
        Ok([1]) => read::<FileHeader32<Endianness>, R>(data),
        Ok([2]) => read::<FileHeader64<Endianness>, R>(data),
        _ => bail!("its class is unknown"),
    }
}

fn read<'d, H: FileHeader<Endian = Endianness>, R: ReadRef<'d>>(data: R) -> Result<Segments> {
    let header = H::parse(data)?;
    let endian = header.endian()?;
    let mut segments = Segments {
        is_program: header.e_type(endian) == ET_EXEC,
        code: 0,
    };
    if header.phnum(endian, data)? as usize > MAX_HEADERS {
        bail!("it has too many program headers");
    }
    for segment in header.program_headers(endian, data)? {
        let size: u64 = segment.p_filesz(endian).into();
        match segment.p_type(endian) {
            PT_LOAD if segment.p_flags(endian).contains(PF_X) => {
                segments.code = segments.code.saturating_add(size);
            }
            PT_INTERP => segments.is_program = true,
            PT_DYNAMIC if size <= MAX_DYNAMIC => {
                let entries = segment.dynamic(endian, data)?.unwrap_or_default();
                let is_marked = |entry: &H::Dyn| {
                    let value: u64 = entry.d_val(endian).into();
                    entry.d_tag(endian) == DT_FLAGS_1 && value & DF_1_PIE.0 != 0
                };
                segments.is_program |= entries.iter().any(is_marked);
            }
            _ => {}
        }
    }
    Ok(segments)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::open;

    #[test]
    fn this_test_program_has_code_and_can_be_started() -> Result<()> {
        let path = std::env::current_exe()?;
        let segments = read_segments(&open(&path)?)?;
        assert!(segments.is_program);
        assert!(segments.code > 10_000, "{}", segments.code);
        assert!(segments.code < path.metadata()?.len());
        Ok(())
    }

    #[test]
    fn a_file_cut_anywhere_is_read_or_refused() -> Result<()> {
        let data = std::fs::read("/bin/true")?;
        for end in 0..data.len().min(1024) {
            let _ = read_any(&data[..end]);
        }
        for at in 0..1024.min(data.len()) {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = data.clone();
                changed[at] = value;
                let _ = read_any(&changed[..]);
            }
        }
        Ok(())
    }
}
