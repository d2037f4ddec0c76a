//! Which versions of a package an advisory is about.

use std::borrow::Cow;
use std::cmp::Ordering;

use crate::store::compare_versions;

/// Some versions of a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Versions {
    /// Every version.
    All,
    /// This one.
    Exactly(String),
    /// Those between two versions.
    Between(Interval),
}

/// The versions between two others, each with whether it belongs to them; `None` if there is no limit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interval {
    /// The oldest version.
    pub from: Option<(String, bool)>,
    /// The newest version.
    pub to: Option<(String, bool)>,
}

impl Versions {
    /// Whether this version is one of them.
    pub fn have(&self, version: &str) -> bool {
        match self {
            Self::All => true,
            Self::Exactly(exact) => compare(version, exact).is_eq(),
            Self::Between(Interval { from, to }) => {
                let is_within = |limit: &Option<(String, bool)>, side: Ordering| {
                    limit.as_ref().is_none_or(|(limit, is_included)| {
                        match compare(version, limit) {
                            Ordering::Equal => *is_included,
                            order => order == side,
                        }
                    })
                };
                is_within(from, Ordering::Greater) && is_within(to, Ordering::Less)
            }
        }
    }
}

/// Compares two versions as Nix does, but with `2.0-rc1` before `2.0`, as the projects that call a version so mean it.
pub fn compare(left: &str, right: &str) -> Ordering {
    compare_versions(&with_pre(left), &with_pre(right))
}

/// The version with `pre`, which Nix knows, before the words that mean the same: `2.0.pre.rc1`.
fn with_pre(version: &str) -> Cow<'_, str> {
    let is_pre = |at: usize| {
        let before = version[..at].chars().next_back();
        if before.is_some_and(|c| c.is_ascii_alphabetic()) {
            return false;
        }
        let rest = &version[at..];
        let end = rest.find(|c: char| !c.is_ascii_alphabetic());
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        match word.to_ascii_lowercase().as_str() {
            "alpha" | "beta" | "dev" | "preview" | "rc" => true,
            // `1.0b2` of Python. `1.0b` may be a release after 1.0.
            "a" | "b" => {
                let is_digit = |c: char| c.is_ascii_digit();
                before.is_some_and(is_digit) && after.starts_with(is_digit)
            }
            _ => false,
        }
    };
    let mut places = version.char_indices().map(|(at, _)| at);
    match places.find(|at| is_pre(*at)) {
        None => version.into(),
        Some(at) => {
            let before = version[..at].trim_end_matches(['_', '~']);
            format!("{before}.pre.{}", &version[at..]).into()
        }
    }
}

/// The version without the `v` of a tag; `None` if it does not begin with a number, so that Nix's order means nothing.
pub fn numbered(version: &str) -> Option<&str> {
    let rest = version.strip_prefix(['v', 'V']).unwrap_or(version);
    rest.starts_with(|c: char| c.is_ascii_digit())
        .then_some(rest)
}

/// Parses a range as CSAF has them: a version range specifier (`vers:generic/>=1.0|<2.0`), the same without its beginning, or
/// comparisons with commas between them. `None` if it is anything else, or has a limit that does not begin with a number.
pub fn parse_range(text: &str) -> Option<Vec<Versions>> {
    let text = text.trim();
    let constraints = match text.strip_prefix("vers:") {
        Some(specifier) => specifier.split_once('/')?.1,
        None => text,
    };
    if constraints == "*" {
        return Some(vec![Versions::All]);
    }
    let mut found = Vec::new();
    let mut open: Option<(String, bool)> = None;
    for constraint in constraints.split(['|', ',']) {
        let constraint = constraint.trim();
        let end = constraint
            .find(|c| !matches!(c, '<' | '>' | '=' | '!'))
            .unwrap_or(constraint.len());
        let (comparator, version) = constraint.split_at(end);
        let version = version.trim();
        if version.is_empty() || version.contains(char::is_whitespace) {
            return None;
        }
        if matches!(comparator, "" | "=" | "==") {
            let exact = numbered(version).unwrap_or(version);
            found.push(Versions::Exactly(exact.to_owned()));
            continue;
        }
        let limit = (numbered(version)?.to_owned(), comparator.ends_with('='));
        match comparator {
            ">" | ">=" => open = Some(limit),
            "<" | "<=" => found.push(Versions::Between(Interval {
                from: open.take(),
                to: Some(limit),
            })),
            _ => return None,
        }
    }
    found.extend(open.map(|from| {
        Versions::Between(Interval {
            from: Some(from),
            to: None,
        })
    }));
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_have_the_versions_between_their_limits() {
        for (range, inside, outside) in [
            ("vers:generic/>=1.0|<2.0", "1.0 1.9 2.0pre1", "0.9 2.0 3"),
            (">1.0, <=2.0", "1.1 2.0", "1.0 2.1"),
            ("<1.2.3", "1.2.2 0", "1.2.3"),
            (">=3", "3 4", "2"),
            (
                "vers:semver/<1.5|>=2.0|<2.3|4.1",
                "1.4 2.2 4.1",
                "1.5 2.3 4.0",
            ),
            ("vers:all/*", "0 99", ""),
            ("<v2.0", "1.9 2.0-rc1 2.0b1 2.0_beta", "2.0 2.0a 2.1-rc1"),
            (">=2.0-rc1", "2.0-rc1 2.0-rc2 2.0", "2.0-beta1 1.9"),
            ("v1.0", "1.0", "1.1"),
        ] {
            let versions = parse_range(range).unwrap_or_default();
            let have = |version: &str| versions.iter().any(|versions| versions.have(version));
            assert!(inside.split_whitespace().all(have), "{range}");
            assert!(!outside.split_whitespace().any(have), "{range}");
        }
        for text in [
            "",
            "before 1.2",
            "vers:generic",
            ">=1.0 and <2.0",
            "!=1",
            "<",
            "<release-2",
            "1.0|",
        ] {
            assert_eq!(parse_range(text), None, "{text}");
        }
    }
}
