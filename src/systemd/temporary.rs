//! Empty file systems that a unit mounts (`TemporaryFileSystem=` in systemd.exec(5)).

use super::words::{Escapes, Words};

/// One file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporaryFileSystem {
    /// Its mount point.
    pub path: String,
    /// Whether it is read-only.
    pub is_read_only: bool,
    /// The mode of its directory, if an option sets it.
    pub mode: Option<u32>,
}

/// The file systems of one value: words of the form `PATH[:OPTIONS]`.
pub fn temporary_file_systems(value: &str) -> impl Iterator<Item = TemporaryFileSystem> {
    Words::new(value, Escapes::Literal).filter_map(|word| {
        let (path, options) = parts(&word)?;
        Some(TemporaryFileSystem {
            path: path.replace("%%", "%"),
            is_read_only: options
                .is_some_and(|options| options.split(',').any(|option| option == "ro")),
            mode: options.and_then(|options| {
                let mut modes = options
                    .split(',')
                    .filter_map(|option| option.strip_prefix("mode="));
                u32::from_str_radix(modes.next_back()?, 8).ok()
            }),
        })
    })
}

/// The path of a word, and the text after the first unescaped colon. `None` if the word ends in a backslash.
pub fn parts(word: &str) -> Option<(String, Option<&str>)> {
    let mut path = String::new();
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        match c {
            ':' => return Some((path, Some(chars.as_str()))),
            '\\' => path.push(chars.next()?),
            c => path.push(c),
        }
    }
    Some((path, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_tell_what_can_be_written_to() {
        let value = r#"/a /b:ro /c:size=1M,ro /d:mode=0700,rom "/e f:ro" '/g':ro"#;
        let read: Vec<_> = temporary_file_systems(value)
            .map(|found| (found.path, found.is_read_only))
            .collect();
        let mut modes = temporary_file_systems(value).map(|found| found.mode);
        assert_eq!(modes.nth(3), Some(Some(0o700)));
        let is = |path: &str, is_read_only| (path.to_owned(), is_read_only);
        assert_eq!(
            read,
            [
                is("/a", false),
                is("/b", true),
                is("/c", true),
                is("/d", false),
                is("/e f", true),
                is("/g", true)
            ]
        );
    }
}
