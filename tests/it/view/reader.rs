//! Reads an EROFS image back, written only from the kernel's description of the format (Documentation/filesystems/erofs.rst,
//! fs/erofs/erofs_fs.h). The reader is strict: anything that the kernel would refuse or read differently is an error.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};

use super::used::Used;

const BLOCK: usize = 4096;

pub struct Reader<'a> {
    image: &'a [u8],
    pub root: u64,
    pub inodes: u64,
    pub uuid: &'a [u8],
    /// The time of inodes without their own.
    time: u64,
    /// Where the shared attributes begin.
    shared: usize,
    used: Used,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Inode {
    pub is_extended: bool,
    pub mode: u16,
    pub owner: (u32, u32),
    pub links: u32,
    pub time: u64,
    pub size: u64,
    pub number: u32,
    /// The value of each, and its offset in the image.
    pub attributes: BTreeMap<String, (Vec<u8>, usize)>,
    pub data: Data,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Data {
    Bytes(Vec<u8>),
    /// Chunks, all of them without data.
    Holes,
}

impl<'a> Reader<'a> {
    pub fn new(image: &'a [u8]) -> Result<Self> {
        ensure!(
            !image.is_empty() && image.len().is_multiple_of(BLOCK),
            "no whole blocks"
        );
        let reader = Self {
            image,
            root: 0,
            inodes: 0,
            uuid: &[],
            time: 0,
            shared: 0,
            used: Used::default(),
        };
        ensure!(
            image[..1024].iter().all(|byte| *byte == 0),
            "something before the superblock"
        );
        ensure!(reader.u32(1024)? == 0xE0F5_E1E2, "magic");
        ensure!(reader.u32(1024 + 8)? == 0, "compatible features");
        ensure!(reader.u8(1024 + 12)? == 12, "size of blocks");
        ensure!(reader.u8(1024 + 13)? == 0, "slots behind the superblock");
        ensure!(
            u64::from(reader.u32(1024 + 36)?) * BLOCK as u64 == image.len() as u64,
            "number of blocks"
        );
        ensure!(reader.u32(1024 + 40)? == 0, "start of the inodes");
        ensure!(
            reader.u32(1024 + 80)? == 0x4,
            "incompatible features: chunks"
        );
        ensure!(
            image[1024 + 84..1024 + 128].iter().all(|byte| *byte == 0),
            "devices, larger directory blocks, prefixes of attributes, or compression"
        );
        ensure!(reader.u32(1024 + 32)? == 0, "nanoseconds");
        reader.used.once(0, 1024 + 128);
        Ok(Self {
            root: reader.u16(1024 + 14)?.into(),
            inodes: reader.u64(1024 + 16)?,
            uuid: &image[1024 + 48..1024 + 64],
            time: reader.u64(1024 + 24)?,
            shared: reader.u32(1024 + 44)? as usize * BLOCK,
            ..reader
        })
    }

    pub fn inode(&self, nid: u64) -> Result<Inode> {
        let at = usize::try_from(nid)? * 32;
        let format = self.u16(at)?;
        ensure!(format & !0b1111 == 0, "inode {nid} has unknown bits");
        let is_extended = format & 1 == 1;
        let layout = format >> 1 & 7;
        let head = if is_extended { 64 } else { 32 };
        ensure!(
            at % BLOCK + head <= BLOCK,
            "inode {nid} crosses the border of a block"
        );
        let slots = usize::from(self.u16(at + 2)?);
        let (size, owner, links, time) = if is_extended {
            let owner = (self.u32(at + 24)?, self.u32(at + 28)?);
            ensure!(self.u32(at + 40)? == 0, "inode {nid} has nanoseconds");
            (
                self.u64(at + 8)?,
                owner,
                self.u32(at + 44)?,
                self.u64(at + 32)?,
            )
        } else {
            // Before Linux 6.15, the second number was reserved; since then, it is an offset of the time.
            ensure!(
                self.u32(at + 12)? == 0 && self.u32(at + 28)? == 0,
                "inode {nid}: something is where nothing is yet"
            );
            let owner = (self.u16(at + 24)?.into(), self.u16(at + 26)?.into());
            let links = self.u16(at + 6)?.into();
            (self.u32(at + 8)?.into(), owner, links, self.time)
        };
        let place = self.u32(at + 16)?;
        let attributes_len = if slots == 0 { 0 } else { 12 + (slots - 1) * 4 };
        let attributes = self
            .attributes(at + head, attributes_len)
            .with_context(|| format!("attributes of inode {nid}"))?;
        let behind = at + head + attributes_len;
        let len = usize::try_from(size).unwrap_or(usize::MAX);
        self.used.once(at, head + attributes_len);
        let data = match layout {
            0 => {
                self.used.once(place as usize * BLOCK, len);
                Data::Bytes(self.bytes(place as usize * BLOCK, len)?.to_vec())
            }
            2 => {
                // Whole blocks come first; the rest follows the inode, within one block.
                let tail = len % BLOCK;
                let first = self.bytes(place as usize * BLOCK, len - tail)?;
                if len > tail {
                    self.used.once(place as usize * BLOCK, len - tail);
                }
                ensure!(
                    len == 0 || tail > 0 && behind % BLOCK + tail <= BLOCK,
                    "inode {nid}: inline data is missing or crosses the border of a block"
                );
                self.used.once(behind, tail);
                Data::Bytes([first, self.bytes(behind, tail)?].concat())
            }
            4 => {
                let bits = 12 + (place & 31);
                ensure!(
                    place & !31 == 0,
                    "inode {nid}: chunks have indexes or unknown bits"
                );
                let chunks = size.div_ceil(1 << bits).max(1);
                let at = behind.next_multiple_of(4);
                for chunk in 0..usize::try_from(chunks)? {
                    ensure!(
                        at / BLOCK == (at + chunk * 4 + 3) / BLOCK,
                        "inode {nid}: its chunks cross the border of a block"
                    );
                    ensure!(
                        self.u32(at + chunk * 4)? == u32::MAX,
                        "inode {nid}: a chunk has data"
                    );
                }
                self.used.once(at, usize::try_from(chunks)? * 4);
                Data::Holes
            }
            _ => bail!("inode {nid} has the layout {layout}"),
        };
        Ok(Inode {
            is_extended,
            mode: self.u16(at + 4)?,
            owner,
            links,
            time,
            size,
            number: self.u32(at + 20)?,
            attributes,
            data,
        })
    }

    fn attributes(&self, at: usize, len: usize) -> Result<BTreeMap<String, (Vec<u8>, usize)>> {
        let mut found = BTreeMap::new();
        if len == 0 {
            return Ok(found);
        }
        // A filter of names, which needs a feature.
        ensure!(self.u32(at)? == 0, "a filter");
        ensure!(
            self.bytes(at + 5, 7)?.iter().all(|byte| *byte == 0),
            "reserved"
        );
        let shared = usize::from(self.u8(at + 4)?);
        ensure!(
            len == 12 + 4 * shared,
            "{len} bytes for {shared} shared attributes, or attributes that could be shared"
        );
        for slot in 0..shared {
            let place = self.shared + 4 * self.u32(at + 12 + 4 * slot)? as usize;
            let (name_len, index, value_len) =
                (self.u8(place)?, self.u8(place + 1)?, self.u16(place + 2)?);
            ensure!(index == 4, "the prefix has the index {index}");
            let name = self.bytes(place + 4, name_len.into())?;
            let value = self.bytes(place + 4 + usize::from(name_len), value_len.into())?;
            let name = format!("trusted.{}", String::from_utf8(name.to_vec())?);
            let len = 4 + usize::from(name_len) + usize::from(value_len);
            self.used.often(place, len);
            ensure!(
                found.insert(name, (value.to_vec(), place)).is_none(),
                "an attribute twice"
            );
        }
        Ok(found)
    }

    /// After all inodes were read, each once: there must be nothing else.
    pub fn is_used_once(&self) -> Result<()> {
        self.used.check(self.image)
    }

    /// Returns names, numbers and types of a directory's entries, in their order.
    pub fn directory(&self, inode: &Inode) -> Result<Vec<(Vec<u8>, u64, u8)>> {
        let Data::Bytes(data) = &inode.data else {
            bail!("a directory of chunks")
        };
        let mut entries = Vec::new();
        for block in data.chunks(BLOCK) {
            let number = |at: usize, len: usize| -> Result<u64> {
                let bytes = block.get(at..at + len).context("a short directory")?;
                Ok(bytes
                    .iter()
                    .rev()
                    .fold(0, |number, byte| number << 8 | u64::from(*byte)))
            };
            let first = usize::try_from(number(8, 2)?)?;
            ensure!(
                first >= 12 && first % 12 == 0 && first <= block.len(),
                "names begin at {first}"
            );
            let count = first / 12;
            for i in 0..count {
                let start = usize::try_from(number(i * 12 + 8, 2)?)?;
                let end = if i + 1 < count {
                    usize::try_from(number((i + 1) * 12 + 8, 2)?)?
                } else {
                    block.len()
                };
                let name = block.get(start..end).context("names are not in order")?;
                // The last name of a block ends with the block or with a zero.
                let name = name.split(|byte| *byte == 0).next().unwrap_or_default();
                ensure!(
                    !name.is_empty() && name.len() <= 255,
                    "a name of {} bytes",
                    name.len()
                );
                entries.push((
                    name.to_vec(),
                    number(i * 12, 8)?,
                    u8::try_from(number(i * 12 + 10, 1)?)?,
                ));
            }
        }
        ensure!(
            entries.windows(2).all(|pair| pair[0].0 < pair[1].0),
            "entries are not sorted: the kernel looks for them by halves"
        );
        Ok(entries)
    }

    fn bytes(&self, at: usize, len: usize) -> Result<&'a [u8]> {
        let end = at.checked_add(len).context("a length beyond all images")?;
        self.image
            .get(at..end)
            .with_context(|| format!("{at}..{end} is outside"))
    }

    fn array<const N: usize>(&self, at: usize) -> Result<[u8; N]> {
        Ok(self.bytes(at, N)?.try_into()?)
    }

    fn u8(&self, at: usize) -> Result<u8> {
        Ok(u8::from_le_bytes(self.array(at)?))
    }
    fn u16(&self, at: usize) -> Result<u16> {
        Ok(u16::from_le_bytes(self.array(at)?))
    }
    fn u32(&self, at: usize) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array(at)?))
    }
    fn u64(&self, at: usize) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array(at)?))
    }
}
