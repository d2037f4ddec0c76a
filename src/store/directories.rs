//! The directories in a store path.

use std::path::Path;
use std::{fs, io};

use serde::{Deserialize, Serialize};

/// The directories below a directory, as relative paths: every one, sorted, parents before their children. In a path, a byte that
/// is not part of a UTF-8 character, and `%`, are written as `%XX`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Directories(Vec<String>);

impl Directories {
    /// Lists the directories below a directory of this machine. Symlinks are not followed.
    pub fn below(top: &Path) -> io::Result<Self> {
        let mut found = Vec::new();
        let mut todo = vec![(top.to_owned(), String::new())];
        while let Some((directory, prefix)) = todo.pop() {
            for entry in fs::read_dir(&directory)? {
                let entry = entry?;
                if !entry.file_type()?.is_dir() {
                    continue;
                }
                let path = format!(
                    "{prefix}{}",
                    Self::name(entry.file_name().as_encoded_bytes())
                );
                todo.push((entry.path(), format!("{path}/")));
                found.push(path);
            }
        }
        Ok(Self::from_iter(found))
    }

    /// A file name, as it is written in a path.
    pub fn name(name: &[u8]) -> String {
        let mut text = String::new();
        for chunk in name.utf8_chunks() {
            text.push_str(&chunk.valid().replace('%', "%25"));
            text.extend(chunk.invalid().iter().map(|byte| format!("%{byte:02X}")));
        }
        text
    }

    /// Each directory: its parent's path, empty for the top, its own path, and its name as Linux has it.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str, Vec<u8>)> {
        self.0.iter().map(|path| {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            (parent, path.as_str(), raw(name))
        })
    }
}

impl FromIterator<String> for Directories {
    fn from_iter<T: IntoIterator<Item = String>>(paths: T) -> Self {
        let mut paths = Vec::from_iter(paths);
        paths.sort_unstable();
        Self(paths)
    }
}

/// The file name that a text stands for.
fn raw(text: &str) -> Vec<u8> {
    let mut name = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('%') {
        name.extend(before.as_bytes());
        let byte = after
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        if let Some(byte) = byte {
            name.push(byte);
            rest = &after[2..];
        } else {
            name.push(b'%');
            rest = after;
        }
    }
    name.extend(rest.as_bytes());
    name
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    use anyhow::Result;

    use super::*;

    #[test]
    fn every_directory_is_listed_under_any_name() -> Result<()> {
        let top = tempfile::tempdir()?;
        let names: [&[u8]; 5] = [b"a/b", b"a-b", b"100%/\xff\xfe", b"new\nline", b"%41"];
        for name in names {
            fs::create_dir_all(top.path().join(OsStr::from_bytes(name)))?;
        }
        fs::write(top.path().join("a/file"), "")?;
        std::os::unix::fs::symlink("a", top.path().join("link"))?;
        let found = Directories::below(top.path())?;
        assert_eq!(
            found.0,
            [
                "%2541",
                "100%25",
                "100%25/%FF%FE",
                "a",
                "a-b",
                "a/b",
                "new\nline"
            ]
        );
        let names: Vec<_> = found
            .iter()
            .map(|(parent, _, name)| (parent, name))
            .collect();
        assert_eq!(names[0], ("", b"%41".to_vec()));
        assert_eq!(names[2], ("100%25", b"\xff\xfe".to_vec()));
        assert_eq!(names[5], ("a", b"b".to_vec()));
        Ok(())
    }
}
