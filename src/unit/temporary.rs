//! Empty file systems that a unit mounts (`TemporaryFileSystem=` in systemd.exec(5)).

use super::words::{Escapes, Words};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemporaryFileSystem {
    /// Where it is mounted.
    pub path: String,
    /// Whether nothing can be written to it.
    pub is_read_only: bool,
}

/// Those of one value: words of the form `PATH[:OPTIONS]`.
pub fn temporary_file_systems(value: &str) -> impl Iterator<Item = TemporaryFileSystem> {
    Words::new(value, Escapes::Literal).map(|word| {
        let (path, options) = word.split_once(':').unwrap_or((&word, ""));
        TemporaryFileSystem {
            path: path.to_owned(),
            is_read_only: options.split(',').any(|option| option == "ro"),
        }
    })
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
