//! Paths that are built into a program: its strings that are paths.

use std::collections::BTreeSet;
use std::os::unix::fs::FileExt;

use memchr::memmem;

use crate::document::{Content, Document};

/// A larger program is read to here, in bytes.
const MAX_PROGRAM: u64 = 64 << 20;

/// How much of a program is read at once, and the longest path, in bytes.
const CHUNK: usize = 1 << 20;
const MAX_PATH: usize = 200;

/// As many paths are kept.
const MAX_PATHS: usize = 4096;

/// What only a program has whose strings have no end of their own: one of Go, one of Rust.
const PACKED: [&[u8]; 2] = [b"\xff Go buildinf:", b"/rustc/"];

/// How the names of configurations end: where a path has no end of its own, it ends here.
const ENDS: [&str; 7] = [".yaml", ".yml", ".toml", ".json", ".conf", ".cfg", ".ini"];

/// The paths of a program that begin with one of these directories (`/etc/`), without order. `names`: directories in these that are
/// found even where a path has no end of its own.
pub fn built_in_paths(document: &Document, tops: &[&str], names: &[&str]) -> BTreeSet<String> {
    let mut found = Found::default();
    match document.content() {
        Content::Bytes(data) => found.look(data, tops, names),
        Content::File(file) => {
            let mut chunk = vec![0; CHUNK + 2 * MAX_PATH];
            let mut start = 0;
            while start < MAX_PROGRAM {
                let Ok(read) = file.read_at(&mut chunk, start) else {
                    break;
                };
                found.look(&chunk[..read], tops, names);
                if read < chunk.len() {
                    break;
                }
                // A path at the end of this chunk is whole in the next one.
                start += CHUNK as u64;
            }
        }
    }
    let mut all = found.whole;
    if found.is_packed {
        all.extend(found.packed);
    }
    all
}

#[derive(Default)]
struct Found {
    /// Texts that are a path and nothing else.
    whole: BTreeSet<String>,
    /// Parts of texts that may be paths.
    packed: BTreeSet<String>,
    is_packed: bool,
}

impl Found {
    fn look(&mut self, data: &[u8], tops: &[&str], names: &[&str]) {
        let has = |mark: &&[u8]| memmem::find(data, mark).is_some();
        self.is_packed = self.is_packed || PACKED.iter().any(has);
        for top in tops {
            for at in memmem::find_iter(data, top) {
                let rest = &data[at..data.len().min(at + MAX_PATH)];
                let end = rest.iter().position(|byte| !is_of_path(*byte));
                let Some(text) = end.and_then(|end| str::from_utf8(&rest[..end]).ok()) else {
                    continue;
                };
                let is_alone = at > 0 && data[at - 1] == 0 && rest[text.len()] == 0;
                if is_alone {
                    keep(&mut self.whole, text);
                    continue;
                }
                let packed = [configuration(text), directory(text, top, names)];
                for path in packed.into_iter().flatten() {
                    keep(&mut self.packed, path);
                }
            }
        }
    }
}

fn keep(all: &mut BTreeSet<String>, path: &str) {
    if all.len() < MAX_PATHS {
        all.insert(path.to_owned());
    }
}

/// The path of a configuration with which a text begins.
fn configuration(text: &str) -> Option<&str> {
    let ends = ENDS
        .iter()
        .filter_map(|end| Some(text.find(end)? + end.len()));
    ends.min().map(|end| &text[..end])
}

/// The directory of one of these names with which a text begins.
fn directory<'t>(text: &'t str, top: &str, names: &[&str]) -> Option<&'t str> {
    let rest = text.strip_prefix(top)?;
    let begins = |name: &&&str| {
        rest.strip_prefix(**name)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let name = names.iter().find(begins)?;
    Some(&text[..top.len() + name.len()])
}

fn is_of_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/._-+@".contains(&byte)
}

#[cfg(test)]
mod tests {
    use anyhow::Result;

    use super::*;

    fn paths(data: &[u8]) -> Vec<String> {
        let mut found = Found::default();
        found.look(data, &["/etc/", "/var/lib/"], &["proxy"]);
        let packed = found.packed.iter().filter(|_| found.is_packed);
        found.whole.iter().chain(packed).cloned().collect()
    }

    #[test]
    fn a_path_is_a_text_of_its_own() {
        let data = b"\x7fELF\0/etc/web.conf\0read /etc/a.conf\0/etc/%s.conf\0x/etc/b\0/var/lib/web/\0/srv/c\0/etc/cut";
        assert_eq!(paths(data), ["/etc/web.conf", "/var/lib/web/"]);
    }

    #[test]
    fn texts_of_go_have_no_end() {
        let data =
            b"\xff Go buildinf:\0config file/etc/web/web.ymlno such/etc/hosts/etc/resolv.conf open/etc/proxy/etc/group %d/etc/proxyd/";
        assert_eq!(
            paths(data),
            [
                "/etc/hosts/etc/resolv.conf",
                "/etc/proxy",
                "/etc/resolv.conf",
                "/etc/web/web.yml"
            ]
        );
    }

    #[test]
    fn a_path_between_two_chunks_is_found() -> Result<()> {
        let scratch = tempfile::NamedTempFile::new()?;
        for at in [
            CHUNK - 7,
            CHUNK,
            CHUNK + MAX_PATH - 3,
            CHUNK + 2 * MAX_PATH - 4,
        ] {
            let mut data = vec![0; 3 * CHUNK];
            data[at..at + 13].copy_from_slice(b"/etc/web.conf");
            std::fs::write(scratch.path(), &data)?;
            let document = crate::document::open(scratch.path())?;
            let found = built_in_paths(&document, &["/etc/"], &[]);
            assert_eq!(
                found.into_iter().collect::<Vec<_>>(),
                ["/etc/web.conf"],
                "{at}"
            );
        }
        Ok(())
    }
}
