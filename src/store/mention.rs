//! Finds store paths in texts.

use super::path::{HASH_LEN, MAX_NAME_LEN, is_hash_char};
use super::{StoreDir, is_name_char};

/// A store path in a text. The name is the longest that the text allows: in `…-shop.db?mode=ro`, only the true name of the path
/// tells where it ends.
#[derive(Debug, PartialEq, Eq)]
pub struct Mention<'a> {
    /// The hash part.
    pub hash: &'a str,
    /// The longest possible name.
    pub name: &'a str,
}

/// Returns all mentions of paths of the store at `dir`, in order.
pub fn mentions<'a>(text: &'a str, dir: &'a StoreDir) -> impl Iterator<Item = Mention<'a>> {
    text.match_indices(dir.as_str()).filter_map(move |(at, _)| {
        let rest = text[at + dir.as_str().len()..].strip_prefix('/')?;
        let bytes = rest.as_bytes();
        if bytes.get(HASH_LEN) != Some(&b'-')
            || !bytes[..HASH_LEN].iter().copied().all(is_hash_char)
        {
            return None;
        }
        let name_len = bytes[HASH_LEN + 1..]
            .iter()
            .take(MAX_NAME_LEN)
            .take_while(|byte| is_name_char(**byte))
            .count();
        (name_len > 0).then(|| Mention {
            hash: &rest[..HASH_LEN],
            name: &rest[HASH_LEN + 1..HASH_LEN + 1 + name_len],
        })
    })
}

/// Returns all texts that have the form of a base name (hash and name), in any directory, in order.
pub fn base_names(text: &str) -> impl Iterator<Item = Mention<'_>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    // The number of hash characters directly before `at`.
    let mut run = 0;
    std::iter::from_fn(move || {
        while at < bytes.len() {
            let here = at;
            at += 1;
            if bytes[here] == b'-' && run >= HASH_LEN {
                let name = bytes[at..].iter().take(MAX_NAME_LEN);
                let len = name.take_while(|byte| is_name_char(**byte)).count();
                if len > 0 {
                    let start = at;
                    at += len;
                    run = 0;
                    return Some(Mention {
                        hash: &text[here - HASH_LEN..here],
                        name: &text[start..at],
                    });
                }
            }
            run = if is_hash_char(bytes[here]) {
                run + 1
            } else {
                0
            };
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Result;
    use proptest::prelude::*;

    use super::*;

    const HASH: &str = "0c0dfghijklmnpqrsvwxyz0123456789";

    #[test]
    fn mentions_are_found_wherever_they_stand() -> Result<()> {
        let dir = StoreDir::parse("/nix/store")?;
        let text = format!(
            "-@/nix/store/{HASH}-a/bin/a --x=/nix/store/{HASH}-b.conf:/nix/store/short \
             file:///nix/store/{HASH}-db?mode=ro"
        );
        let names: Vec<_> = mentions(&text, &dir).map(|mention| mention.name).collect();
        assert_eq!(names, ["a", "b.conf", "db?mode=ro"]);
        Ok(())
    }

    #[test]
    fn base_names_are_found_in_any_directory() {
        let text = format!(
            "{HASH}-a nix/store/{HASH}-b/bin/b xyz{HASH}-c.conf {HASH}- {HASH} {}-d",
            &HASH[1..]
        );
        let names: Vec<_> = base_names(&text)
            .map(|found| {
                assert_eq!(found.hash, HASH);
                found.name
            })
            .collect();
        assert_eq!(names, ["a", "b", "c.conf"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_searched(text in "\\PC*|(/nix/store/|[0-9a-z]{30,34}|-|é|\u{0}){0,20}") {
            let dir = StoreDir::parse("/nix/store").map_err(|e| TestCaseError::fail(e.to_string()))?;
            for mention in mentions(&text, &dir) {
                let path = format!("/nix/store/{}-{}", mention.hash, mention.name);
                prop_assert!(text.contains(&path));
                let is_found = base_names(&text).any(|found| found.hash == mention.hash);
                prop_assert!(is_found);
            }
        }
    }
}
