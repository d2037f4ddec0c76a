//! Store paths in the bytes of a file.

use super::names::Names;

/// The hash of a store path, with what is behind it: `-name/bin/x`.
pub(super) type Mention = (Box<str>, Box<str>);

/// How long a hash is, in bytes.
const HASH: usize = 32;

/// The store paths in a run of words and slashes, each up to the next one: together they are no larger than the
/// run.
pub(super) fn mentions(run: &[u8], names: &Names) -> Vec<Mention> {
    let mut found = Vec::new();
    let mut end = run.len();
    for (at, byte) in run.iter().enumerate().rev() {
        if *byte != b'-' || at < HASH || at >= end {
            continue;
        }
        let hash = str::from_utf8(&run[at - HASH..at]);
        if let (Ok(hash), Ok(rest)) = (hash, str::from_utf8(&run[at..end]))
            && names.has_hash(hash)
        {
            found.push((hash.into(), rest.into()));
            end = at - HASH;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use anyhow::Result;

    use super::super::words::of_text;
    use super::*;

    #[test]
    fn store_paths_are_found_with_what_is_behind_them() -> Result<()> {
        let hash = "0c0dfghijklmnpqrsvwxyz0123456789";
        let other = "1c0dfghijklmnpqrsvwxyz0123456789";
        let text = format!("PATH=/nix/store/{hash}-a-1.0/bin:/x/{hash}-b {hash} {other}-c");
        let names = Names::new(BTreeSet::new(), [hash])?;
        let said = of_text(text.as_bytes(), &names);
        let paths: Vec<_> = said.paths.iter().map(|(_, rest)| &**rest).collect();
        assert_eq!(paths, ["-a-1.0/bin", "-b"]);
        Ok(())
    }

    #[test]
    fn what_is_found_is_no_larger_than_the_text() -> Result<()> {
        let hash = "0c0dfghijklmnpqrsvwxyz0123456789";
        let text: String = (0..1000).map(|at| format!("{hash}-{at}")).collect();
        let found = mentions(text.as_bytes(), &Names::new(BTreeSet::new(), [hash])?);
        assert_eq!(found.len(), 1000);
        let size: usize = found.iter().map(|(_, rest)| rest.len()).sum();
        assert!(size <= text.len(), "{size}");
        Ok(())
    }
}
