//! Reads directory trees.

use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

pub fn list(dir: &str, depth: usize) -> io::Result<String> {
    let mut names = Vec::new();
    collect(Path::new(dir), Path::new(""), depth, &mut names)?;
    names.sort();
    Ok(names.join(" "))
}

fn collect(dir: &Path, below: &Path, depth: usize, names: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = below.join(entry.file_name());
        let is_dir = entry.file_type()?.is_dir();
        names.push(format!(
            "{}{}",
            name.display(),
            if is_dir { "/" } else { "" }
        ));
        // directories that can't be read are still listed
        if is_dir && depth > 1 && collect(&entry.path(), &name, depth - 1, names).is_err() {
            names.push(format!("{}/?", name.display()));
        }
    }
    Ok(())
}

/// FNV-1a, because the probe uses no crates.
pub struct Digest(pub u64);

impl Digest {
    pub fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// Digests each path: its base name and the content. Follows a symlink, because bind mounts show its target.
pub fn digest(paths: &[&str]) -> io::Result<String> {
    let mut digest = Digest::new();
    let mut add = |path: &Path| {
        digest.add(path.file_name().unwrap_or_default().as_bytes());
        let tree = fs::canonicalize(path)?;
        add_tree(&tree, &tree, &mut digest)
    };
    for path in paths {
        match path.strip_suffix("/*") {
            Some(dir) => entries(Path::new(dir))?
                .iter()
                .try_for_each(|entry| add(entry))?,
            None => add(Path::new(path))?,
        }
    }
    Ok(format!("{:016x}", digest.0))
}

/// Returns the sorted paths in a directory.
fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = fs::read_dir(dir)?
        .map(|entry| Ok(entry?.path()))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    Ok(entries)
}

fn add_tree(top: &Path, path: &Path, digest: &mut Digest) -> io::Result<()> {
    let meta = fs::symlink_metadata(path)?;
    digest.add(
        path.strip_prefix(top)
            .unwrap_or(path)
            .as_os_str()
            .as_bytes(),
    );
    digest.add(
        format!(
            " {:o} {}:{} {}\n",
            meta.mode(),
            meta.uid(),
            meta.gid(),
            meta.mtime()
        )
        .as_bytes(),
    );
    if meta.is_dir() {
        for entry in entries(path)? {
            add_tree(top, &entry, digest)?;
        }
    } else if meta.is_symlink() {
        digest.add(fs::read_link(path)?.as_os_str().as_bytes());
    } else {
        digest.add(&fs::read(path)?);
    }
    Ok(())
}

/// Opens every file below a directory and returns their number.
pub fn opens(path: &Path) -> io::Result<usize> {
    let mut sum = 0;
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        sum += if entry.file_type()?.is_dir() {
            opens(&entry.path())?
        } else {
            File::open(entry.path()).map(|_| 1)?
        };
    }
    Ok(sum)
}

/// Returns whether two paths are the same file.
pub fn same(a: &str, b: &str) -> io::Result<bool> {
    let (a, b) = (fs::metadata(a)?, fs::metadata(b)?);
    Ok((a.dev(), a.ino()) == (b.dev(), b.ino()))
}
