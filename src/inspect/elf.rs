//! What the dynamic loader needs to know of an ELF file.

use anyhow::{Context, Result, bail};
use object::Endianness;
use object::elf::{
    DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_SONAME, DT_STRTAB, FileHeader32, FileHeader64, PT_DYNAMIC,
    PT_INTERP, PT_LOAD,
};
use object::read::elf::{Dyn, FileHeader, ProgramHeader};

/// For which machine a file is: its class and `e_machine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Machine {
    is_64: bool,
    number: u16,
}

impl std::fmt::Display for Machine {
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

impl Machine {
    /// Whether a program for it runs on this machine; `None` where that is not known.
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

/// What the dynamic section and the program headers of a file say.
#[derive(Clone, Debug)]
pub struct Elf {
    /// For which machine it is.
    pub machine: Machine,
    /// The loader it asks for.
    pub interpreter: Option<String>,
    /// The libraries it needs, in order.
    pub needed: Vec<String>,
    /// Its own name as a library.
    pub soname: Option<String>,
    /// `DT_RPATH`, taken apart.
    pub rpath: Vec<String>,
    /// `DT_RUNPATH`, taken apart.
    pub runpath: Option<Vec<String>>,
}

/// Reads a file that begins as ELF files do; any other, and a truncated one, is an error.
pub fn read_elf(data: &[u8]) -> Result<Elf> {
    match data.get(4) {
        Some(1) => read::<FileHeader32<Endianness>>(data, false),
        Some(2) => read::<FileHeader64<Endianness>>(data, true),
        _ => bail!("its class is unknown"),
    }
}

fn read<H: FileHeader<Endian = Endianness>>(data: &[u8], is_64: bool) -> Result<Elf> {
    let header = H::parse(data)?;
    let endian = header.endian()?;
    let segments = header.program_headers(endian, data)?;
    let mut elf = Elf {
        machine: Machine {
            is_64,
            number: header.e_machine(endian).0,
        },
        interpreter: None,
        needed: Vec::new(),
        soname: None,
        rpath: Vec::new(),
        runpath: None,
    };
    let mut dynamic: &[H::Dyn] = &[];
    let mut loads = Vec::new();
    for segment in segments {
        let kind = segment.p_type(endian);
        let offset: u64 = segment.p_offset(endian).into();
        let size: u64 = segment.p_filesz(endian).into();
        if kind == PT_LOAD || kind == PT_INTERP {
            let end = offset.checked_add(size).context("a segment has no end")?;
            if end > data.len() as u64 {
                bail!(
                    "it is truncated: a segment ends at {end}, the file at {}",
                    data.len()
                );
            }
        }
        if kind == PT_LOAD {
            loads.push((segment.p_vaddr(endian).into(), offset, size));
        } else if kind == PT_INTERP {
            elf.interpreter = Some(string(data, offset)?);
        } else if kind == PT_DYNAMIC {
            dynamic = segment.dynamic(endian, data)?.unwrap_or_default();
        }
    }
    let mut strings = None;
    for entry in dynamic {
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
    for entry in dynamic {
        let tag = entry.d_tag(endian);
        if ![DT_NEEDED, DT_SONAME, DT_RPATH, DT_RUNPATH].contains(&tag) {
            continue;
        }
        let at: u64 = entry.d_val(endian).into();
        let start = strings.context("it names libraries, and has no string table")?;
        let text = string(data, start.checked_add(at).context("a name lies outside")?)?;
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

/// The text from `offset` to the next zero.
fn string(data: &[u8], offset: u64) -> Result<String> {
    let rest = usize::try_from(offset)
        .ok()
        .and_then(|offset| data.get(offset..))
        .context("a name lies outside of the file")?;
    let end = rest
        .iter()
        .position(|byte| *byte == 0)
        .context("a name has no end")?;
    String::from_utf8(rest[..end].to_vec()).context("a name is not UTF-8")
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

    #[test]
    fn a_file_cut_anywhere_is_read_or_refused() -> Result<()> {
        let data = std::fs::read("/bin/true")?;
        for end in 0..data.len() {
            let _ = read_elf(&data[..end]);
        }
        assert!(read_elf(&data[..data.len() / 2]).is_err());
        // What it says of itself may be anything.
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
