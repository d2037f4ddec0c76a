//! Names of findings that don't change with updates.

use crate::store::Package;

/// Returns a subject without the parts that an update changes: of each store path, only the package's name and the path below it
/// are kept.
pub fn stable(subject: &str) -> String {
    let mut stable = String::with_capacity(subject.len());
    let mut rest = subject;
    while let Some((before, base)) = next_store_path(rest) {
        stable.push_str(before);
        let name = &base[HASH_LEN + 1..];
        stable.push('…');
        stable.push('-');
        stable.push_str(Package::parse(name).name);
        rest = &rest[before.len() + base.len()..];
    }
    stable.push_str(rest);
    stable
}

const HASH_LEN: usize = 32;

/// Returns the first base name of a store path in a text, and the text before it.
fn next_store_path(text: &str) -> Option<(&str, &str)> {
    let is_hash = |text: &str| {
        text.len() > HASH_LEN + 1
            && text.as_bytes()[HASH_LEN] == b'-'
            && text
                .bytes()
                .take(HASH_LEN)
                .all(|b| b"0123456789abcdfghijklmnpqrsvwxyz".contains(&b))
    };
    text.match_indices('/').find_map(|(slash, _)| {
        let (before, after) = text.split_at(slash + 1);
        let is_name = |c: char| c.is_ascii_alphanumeric() || "+-._?=".contains(c);
        let end = after.find(|c| !is_name(c)).unwrap_or(after.len());
        is_hash(&after[..end]).then_some((before, &after[..end]))
    })
}

#[cfg(test)]
mod tests {
    use super::stable;

    #[test]
    fn hashes_and_versions_are_left_out_and_nothing_else() {
        let hash = "0123456789abcdfghijklmnpqrsvwxyz";
        for (subject, expected) in [
            ("openssl", "openssl"),
            ("/etc/passwd", "/etc/passwd"),
            (
                &*format!("/nix/store/{hash}-nginx-1.25.3/bin/nginx"),
                "/nix/store/…-nginx/bin/nginx",
            ),
            (
                &format!("BindPaths=/a/{hash}-x:/y é/{hash}-z-2"),
                "BindPaths=/a/…-x:/y é/…-z",
            ),
            (
                &format!("{hash}-x /nix/store/{hash}-"),
                &format!("{hash}-x /nix/store/{hash}-"),
            ),
            (
                "/nix/store/…-nginx/bin/nginx",
                "/nix/store/…-nginx/bin/nginx",
            ),
        ] {
            assert_eq!(stable(subject), expected);
        }
    }
}
