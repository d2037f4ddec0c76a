//! Reads from ELF files what the dynamic loader needs to know.

use anyhow::{Context, Result, bail};
use object::elf::{
    DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME, DT_STRSZ, DT_STRTAB, FileHeader32, FileHeader64,
    PT_DYNAMIC, PT_INTERP, PT_LOAD,
};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};
use object::{Endianness, ReadCache, ReadRef};

use crate::document::{Content, Document};

/// The architecture that a file is for: its class and `e_machine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Architecture {
    is_64: bool,
    number: u16,
}

impl std::fmt::Display for Architecture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.number {
            3 => f.write_str("i386"),
            40 => f.write_str("ARM"),
            62 if self.is_64 => f.write_str("x86-64"),
            183 => f.write_str("AArch64"),
            243 => f.write_str("RISC-V"),
            number => write!(f, "machine {number}"),
        }
    }
}

impl Architecture {
    /// Whether a program for this architecture runs on this machine; `None` if unknown.
    pub fn runs_here(self) -> Option<bool> {
        let runs: &[u16] = match std::env::consts::ARCH {
            "x86_64" => &[62, 3],
            "aarch64" => &[183, 40],
            "x86" => &[3],
            "riscv64" => &[243],
            _ => return None,
        };
        Some(runs.contains(&self.number))
    }
}

/// The contents of a file's dynamic section and program headers.
#[derive(Clone, Debug)]
pub struct Elf {
    /// The architecture that it is for.
    pub machine: Architecture,
    /// The path of its loader; `None` if it has none.
    pub interpreter: Option<String>,
    /// The names of the libraries that it needs, in order.
    pub needed: Vec<String>,
    /// Its own name as a library.
    pub soname: Option<String>,
    /// The directories of `DT_RPATH`.
    pub rpath: Vec<String>,
    /// The directories of `DT_RUNPATH`.
    pub runpath: Option<Vec<String>>,
    /// Where its dynamic string table is in the file, and its size.
    pub(super) strings: Option<(u64, u64)>,
}

/// Limits on what is read of a file, in bytes: the program headers (the limit is Linux's own, `load_elf_phdrs` in
/// `fs/binfmt_elf.c`), the dynamic section, and all names together.
const MAX_HEADERS: u64 = 65536;
const MAX_DYNAMIC: u64 = 1 << 20;
const MAX_NAMES: u64 = 4 << 20;

/// Reads an ELF file. Of a file on disk, only the headers and what they refer to are read.
pub fn read_elf_of(document: &Document) -> Result<Elf> {
    match document.content() {
        Content::Bytes(data) => read_elf(data),
        Content::File(file) => read_any(&ReadCache::new(file)),
    }
}

/// Reads the content of an ELF file. Any other file is an error, and so is a truncated one.
pub fn read_elf(data: &[u8]) -> Result<Elf> {
    read_any(data)
}

fn read_any<'d, R: ReadRef<'d>>(data: R) -> Result<Elf> {
    match data.read_bytes_at(4, 1) {
        Ok([1]) => read::<FileHeader32<Endianness>, R>(data, false),
        Ok([2]) => read::<FileHeader64<Endianness>, R>(data, true),
        _ => bail!("its class is unknown"),
    }
}

fn read<'d, H: FileHeader<Endian = Endianness>, R: ReadRef<'d>>(
    data: R,
    is_64: bool,
) -> Result<Elf> {
    let length = data.len().ok().context("it has no length")?;
    let header = H::parse(data)?;
    let endian = header.endian()?;
    // A number that does not fit into the header is in a section.
    let count = u64::from(header.phnum(endian, data)?);
    if count * u64::from(header.e_phentsize(endian)) > MAX_HEADERS {
        bail!("it has {count} program headers, more than Linux loads");
    }
    let segments = header.program_headers(endian, data)?;
    let mut elf = Elf {
        machine: Architecture {
            is_64,
            number: header.e_machine(endian).0,
        },
        interpreter: None,
        needed: Vec::new(),
        soname: None,
        rpath: Vec::new(),
        runpath: None,
        strings: None,
    };
    let mut left = MAX_NAMES;
    let mut dynamic: &[H::Dyn] = &[];
    let mut loads = Vec::new();
    for segment in segments {
        let kind = segment.p_type(endian);
        let offset: u64 = segment.p_offset(endian).into();
        let size: u64 = segment.p_filesz(endian).into();
        if kind == PT_LOAD || kind == PT_INTERP {
            let end = offset.checked_add(size).context("a segment has no end")?;
            if end > length {
                bail!("it is truncated: a segment ends at {end}, the file at {length}");
            }
        }
        if kind == PT_LOAD {
            loads.push((segment.p_vaddr(endian).into(), offset, size));
        } else if kind == PT_INTERP {
            elf.interpreter = Some(string(data, offset, &mut left)?);
        } else if kind == PT_DYNAMIC {
            if size > MAX_DYNAMIC {
                bail!("its dynamic section has {size} bytes, which is out of range");
            }
            dynamic = segment.dynamic(endian, data)?.unwrap_or_default();
        }
    }
    let mut strings: Option<u64> = None;
    let mut size = 0;
    for entry in dynamic {
        if entry.d_tag(endian) == DT_STRSZ {
            size = entry.d_val(endian).into();
        }
        if entry.d_tag(endian) == DT_STRTAB {
            let address: u64 = entry.d_val(endian).into();
            strings = loads
                .iter()
                .find(|(start, _, size): &&(u64, u64, u64)| {
                    address >= *start && address - start < *size
                })
                .map(|(start, offset, _)| offset + (address - start));
        }
    }
    elf.strings = strings.map(|start| (start, size));
    for entry in dynamic {
        let tag = entry.d_tag(endian);
        if ![DT_NEEDED, DT_SONAME, DT_RPATH, DT_RUNPATH].contains(&tag) {
            continue;
        }
        let at: u64 = entry.d_val(endian).into();
        let start = strings.context("it names libraries but has no string table")?;
        let at = start.checked_add(at).context("a name is out of bounds")?;
        let text = string(data, at, &mut left)?;
        let split = |text: &str| {
            text.split(':')
                .filter(|dir| !dir.is_empty())
                .map(str::to_owned)
                .collect()
        };
        if tag == DT_NEEDED {
            elf.needed.push(text);
        } else if tag == DT_SONAME {
            elf.soname = Some(text);
        } else if tag == DT_RPATH {
            elf.rpath = split(&text);
        } else {
            elf.runpath = Some(split(&text));
        }
    }
    Ok(elf)
}

/// Reads the text from `offset` to the next NUL. `left` is how many bytes may still be read for the texts of the file.
fn string<'d, R: ReadRef<'d>>(data: R, offset: u64, left: &mut u64) -> Result<String> {
    let length = data.len().ok().context("it has no length")?;
    let rest = length.checked_sub(offset).filter(|rest| *rest > 0);
    let rest = rest.context("a name is out of bounds")?;
    let mut size = 256;
    loop {
        let read = size.min(rest);
        *left = left
            .checked_sub(read)
            .context("its names are out of range")?;
        let bytes = data.read_bytes_at(offset, read).ok();
        let bytes = bytes.context("a name is out of bounds")?;
        if let Some(end) = bytes.iter().position(|byte| *byte == 0) {
            return String::from_utf8(bytes[..end].to_vec()).context("a name is not UTF-8");
        }
        if read == rest {
            bail!("a name has no end");
        }
        size *= 4;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_test_program_can_be_read() -> Result<()> {
        let data = std::fs::read(std::env::current_exe()?)?;
        let elf = read_elf(&data)?;
        assert_eq!(elf.machine.runs_here(), Some(true));
        assert!(
            elf.needed.iter().any(|name| name.starts_with("libc.")),
            "{:?}",
            elf.needed
        );
        assert!(elf.interpreter.is_some());
        Ok(())
    }

    /// Only parts of a file are read, but the result is the same.
    #[test]
    fn a_file_is_read_as_its_bytes_are() -> Result<()> {
        let scratch = tempfile::tempdir()?;
        let path = scratch.path().join("program");
        let data = std::fs::read("/bin/true")?;
        let said =
            |elf: Result<Elf>| elf.map_or_else(|_| "broken".into(), |elf| format!("{elf:?}"));
        for at in (0..1024.min(data.len())).step_by(3) {
            let mut changed = data.clone();
            changed[at] ^= 0x11;
            std::fs::write(&path, &changed)?;
            let document = crate::document::open(&path)?;
            assert_eq!(
                said(read_elf_of(&document)),
                said(read_elf(&changed)),
                "{at}"
            );
        }
        Ok(())
    }

    #[test]
    fn a_file_cut_anywhere_is_read_or_refused() -> Result<()> {
        let data = std::fs::read("/bin/true")?;
        for end in 0..data.len() {
            let _ = read_elf(&data[..end]);
        }
        assert!(read_elf(&data[..data.len() / 2]).is_err());
        // Any byte may be wrong.
        for at in 0..4096.min(data.len()) {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = data.clone();
                changed[at] = value;
                let _ = read_elf(&changed);
            }
        }
        Ok(())
    }
}
