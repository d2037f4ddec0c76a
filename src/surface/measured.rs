//! What one file adds to a surface.

use anyhow::Result;

use super::Surface;
use crate::document::Kind;
use crate::inspect::{Segments, is_interpreter, read_segments};
use crate::store::{Beginning, Closely, Inside, Item, ItemKind, StoreFiles, StorePath};

/// A file or a symlink of a store path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Its path below the store path; empty for a store path that is a file or a symlink.
    pub path: String,
    /// The target of a symlink.
    pub target: Option<String>,
    /// What it adds.
    pub surface: Surface,
}

/// Looks at all files of a store path; `None` if that is not possible.
pub(super) fn measure(path: &StorePath, files: &dyn StoreFiles) -> Result<Option<Vec<Measured>>> {
    let Some(items) = files.items(path.as_str(), Closely::Inside)? else {
        return Ok(None);
    };
    let mut measured = Vec::with_capacity(items.len());
    for Item { path: below, kind } in items {
        let (target, surface) = match kind {
            ItemKind::Directory | ItemKind::Other => continue,
            ItemKind::File(None) => return Ok(None),
            ItemKind::Symlink(target) => (Some(target), Surface::default()),
            ItemKind::File(Some(inside)) => {
                let segments = match inside.beginning {
                    Beginning::Elf => segments(path, &below, files)?,
                    Beginning::Script | Beginning::Other => Segments::default(),
                };
                let name = below.rsplit('/').next().filter(|name| !name.is_empty());
                (None, of(name.unwrap_or(path.name()), inside, segments))
            }
        };
        measured.push(Measured {
            path: below,
            target,
            surface,
        });
    }
    Ok(Some(measured))
}

fn of(name: &str, inside: Inside, segments: Segments) -> Surface {
    let is_program = inside.beginning == Beginning::Script || segments.is_program;
    let is_executable = is_program && inside.permissions & 0o111 != 0;
    Surface {
        files: 1,
        executables: is_executable.into(),
        interpreters: (is_executable && is_interpreter(name)).into(),
        set_id: (inside.permissions & 0o6000 != 0).into(),
        writable: (inside.permissions & 0o222 != 0).into(),
        code: segments.code,
        ..Surface::default()
    }
}

/// A file that begins as an ELF file and is not one has no code.
fn segments(path: &StorePath, below: &str, files: &dyn StoreFiles) -> Result<Segments> {
    let whole = match below {
        "" => path.to_string(),
        below => format!("{path}/{below}"),
    };
    let document = files.open(&whole, Kind::Program)?;
    Ok(document
        .and_then(|document| read_segments(&document).ok())
        .unwrap_or_default())
}
