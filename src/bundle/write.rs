//! Writing a bundle: whole or not at all.

use std::error;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Error, Result, bail};
use rayon::prelude::*;
use rustix::fs::{Advice, CWD, RenameFlags, fadvise};
use rustix::io::Errno;

use super::inventory::{Inventory, foreign_files};
use super::seal::write_sealed;
use super::{BUNDLE_FILE, Planned, read_verified};
use crate::confine::refuse_shared_drop_in;
use crate::document::{NAME, OLD, Workshop, in_place, is_for_want_of_room, parent, sync_directory};
use crate::interrupt;

/// How many bytes are written at once: ext4 takes ten times as long for an image of 9 MB in one piece.
const CHUNK: usize = 1 << 16;

/// Writes `planned` to `dir`, which appears in one rename, with its data on the disk. An existing bundle is replaced whole; anything
/// else is not changed, and is an error.
pub fn write(planned: &Planned, dir: &Path) -> Result<()> {
    write_whole(planned, dir, true)
}

/// Writes `planned` like [`write()`], as the output of a derivation. Nix decides when outputs are flushed (`sync-before-registering`).
/// A flush by the builder would also wait for everything that other builders write at the same time.
pub fn write_output(planned: &Planned, dir: &Path) -> Result<()> {
    write_whole(planned, dir, false)
}

fn write_whole(planned: &Planned, dir: &Path, is_flushed: bool) -> Result<()> {
    check_place(dir)?;
    for name in planned.bundle.services.keys() {
        refuse_shared_drop_in(name)?;
    }
    let dir = &plain(dir);
    let _hold = interrupt::hold();
    let parent = parent(dir);
    let context = || {
        format!(
            "cannot create a directory in {} (choose another -o)",
            parent.display()
        )
    };
    if let Err(error) = fs::metadata(parent) {
        if error.kind() == ErrorKind::NotFound {
            bail!(
                "cannot create {}: its parent does not exist; create it or choose another -o",
                dir.display()
            );
        }
        return Err(error).with_context(context);
    }
    let workshop = Workshop::within(parent).with_context(context)?;
    let new = workshop.new_path();
    fill(planned, &new, is_flushed).map_err(|error| {
        let io_errors = |cause: &(dyn error::Error + 'static)| {
            cause.downcast_ref().is_some_and(is_for_want_of_room)
        };
        let remedy = if error.chain().any(io_errors) {
            " (make room there, or choose another -o)"
        } else {
            ""
        };
        error.context(format!(
            "cannot write the bundle to {}{remedy}",
            dir.display()
        ))
    })?;
    interrupt::check()?;
    put_in_place(&new, dir)
        .with_context(|| format!("cannot put the bundle in place at {}", dir.display()))?;
    if is_flushed {
        sync_directory(parent, None).with_context(|| in_place(&dir.display()))?;
    }
    workshop.close().with_context(|| {
        format!(
            "{} was written, but temporary files could not be removed",
            dir.display()
        )
    })
}

/// Without a slash or `/.` at its end: the name of a symlink would mean its target, and a directory can't be renamed under such
/// a name.
fn plain(dir: &Path) -> PathBuf {
    dir.components().collect()
}

/// Fails if [`write()`] would refuse to write to `dir`: it exists and is not a bundle, or can't be exchanged.
pub fn check_place(dir: &Path) -> Result<()> {
    let name = plain(dir);
    let metadata = match fs::symlink_metadata(&name) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => {
            return Err(error).with_context(|| {
                format!(
                    "cannot access {} (name another directory with -o)",
                    dir.display()
                )
            });
        }
    };
    let untouched = format!("{} was not changed", dir.display());
    if metadata.is_symlink() {
        bail!("{untouched}: it is a symlink (name its target with -o, or another directory)");
    }
    if !metadata.is_dir() {
        bail!("{untouched}: it is not a directory (choose one with -o)");
    }
    if !dir.join(BUNDLE_FILE).exists() {
        bail!(
            "{} exists and is not a bundle (it has no {BUNDLE_FILE}): choose another directory with -o",
            dir.display()
        );
    }
    let there = Inventory::read(dir).with_context(|| {
        format!("{untouched}: only a bundle is replaced (choose another directory with -o)")
    })?;
    if let Some(foreign) = foreign_files(dir, there.files())?.first() {
        bail!(
            "{untouched}: it contains {}, which does not belong to the bundle (move it elsewhere)",
            foreign.display()
        );
    }
    if !matches!(name.components().next_back(), Some(Component::Normal(_))) {
        bail!(
            "{untouched}: a directory can't be replaced under that name (use its real name with -o)"
        );
    }
    Ok(())
}

fn fill(planned: &Planned, dir: &Path, is_flushed: bool) -> Result<()> {
    directories()
        .create(dir)
        .with_context(|| format!("cannot make {}", dir.display()))?;
    let (json, files) = rayon::join(
        || write_json(planned, dir, is_flushed),
        || write_files(planned, dir, is_flushed),
    );
    files?;
    json?;
    // Every test that makes a bundle shows that it can be read again.
    if cfg!(debug_assertions) {
        read_verified(dir)?;
    }
    if is_flushed {
        // One flush for many files: the rename must not reach the disk before them.
        let context = || format!("cannot flush {} to the disk", dir.display());
        let directory = File::open(dir).with_context(context)?;
        rustix::fs::syncfs(&directory).with_context(context)?;
    }
    Ok(())
}

/// Has the kernel begin to write a file to the disk, so that the flush waits less.
fn begin_to_flush(file: &File) {
    // Linux begins to write a file that is not needed in memory. If it does not, the flush waits longer.
    let _ = fadvise(file, 0, None, Advice::DontNeed);
}

/// Whatever the umask allows, nobody else may write to files that determine what a service sees.
fn directories() -> DirBuilder {
    let mut directories = DirBuilder::new();
    directories.mode(0o755);
    directories
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o644).open(path)
}

fn write_files(planned: &Planned, dir: &Path, is_flushed: bool) -> Result<()> {
    planned.files.par_iter().try_for_each(|(path, content)| {
        interrupt::check()?;
        let path = dir.join(path);
        let write = || {
            if let Some(parent) = path.parent() {
                directories().recursive(true).create(parent)?;
            }
            let mut file = create(&path)?;
            content
                .chunks(CHUNK)
                .try_for_each(|chunk| file.write_all(chunk))?;
            if is_flushed && content.len() > CHUNK {
                begin_to_flush(&file);
            }
            Ok::<_, io::Error>(())
        };
        write().with_context(|| format!("cannot write {}", path.display()))
    })
}

fn write_json(planned: &Planned, dir: &Path, is_flushed: bool) -> Result<()> {
    let path = dir.join(BUNDLE_FILE);
    let write = || {
        let file = create(&path)?;
        let out = BufWriter::with_capacity(CHUNK, &file);
        write_sealed(&planned.bundle, planned.beginning.as_ref(), out)?;
        if is_flushed {
            begin_to_flush(&file);
        }
        Ok::<_, Error>(())
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

/// Renames `new` to `dir`, or exchanges it with the existing bundle.
fn put_in_place(new: &Path, dir: &Path) -> Result<()> {
    let rename = |flags| rustix::fs::renameat_with(CWD, new, CWD, dir, flags);
    let outcome = match rename(RenameFlags::NOREPLACE) {
        Err(Errno::EXIST) => rename(RenameFlags::EXCHANGE),
        outcome => outcome,
    };
    match outcome {
        Ok(()) => Ok(()),
        Err(Errno::INVAL | Errno::NOSYS) => replace_in_two_steps(new, dir),
        Err(Errno::BUSY) => {
            bail!("a mount point can't be replaced (name a directory below it with -o)")
        }
        Err(error) => Err(error.into()),
    }
}

/// For file systems that can't exchange two names: the old bundle is moved aside first, and back if the rename fails.
fn replace_in_two_steps(new: &Path, dir: &Path) -> Result<()> {
    let aside = new.with_file_name(OLD);
    // After a run that was killed in between, the next run finds what to move back, and where.
    let name = dir.file_name().unwrap_or_default();
    fs::write(new.with_file_name(NAME), name.as_encoded_bytes())?;
    match fs::rename(dir, &aside) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    if let Err(error) = fs::rename(new, dir) {
        if aside.exists() {
            fs::rename(&aside, dir)
                .with_context(|| format!("the previous content is now at {}", aside.display()))?;
        }
        return Err(error.into());
    }
    Ok(())
}
