//! Versions, compared as Nix compares them.

use std::cmp::Ordering;

/// Compares two versions as `builtins.compareVersions` does (Nix's `names.cc`): `1.2` is older than `1.10`, `2.3pre1` than `2.3`.
pub fn compare_versions(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left, right);
    while !left.is_empty() || !right.is_empty() {
        let (a, b) = (next_part(&mut left), next_part(&mut right));
        if is_older(a, b) {
            return Ordering::Less;
        }
        if is_older(b, a) {
            return Ordering::Greater;
        }
    }
    Ordering::Equal
}

/// Takes a run of digits, or a run of other characters, from the beginning; dots and dashes only separate.
fn next_part<'a>(rest: &mut &'a str) -> &'a str {
    let text = rest.trim_start_matches(['.', '-']);
    let is_number = text.starts_with(|c: char| c.is_ascii_digit());
    let ends = |c: char| c.is_ascii_digit() != is_number || matches!(c, '.' | '-');
    let (part, after) = text.split_at(text.find(ends).unwrap_or(text.len()));
    *rest = after;
    part
}

fn is_older(left: &str, right: &str) -> bool {
    match (number(left), number(right)) {
        (Some(left), Some(right)) => (left.len(), left) < (right.len(), right),
        (None, Some(_)) if left.is_empty() => true,
        _ if left == "pre" => right != "pre",
        _ if right == "pre" => false,
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (None, None) => left < right,
    }
}

/// The digits without leading zeros. Comparing them as text has no upper limit.
fn number(part: &str) -> Option<&str> {
    let is_number = part.starts_with(|c: char| c.is_ascii_digit());
    is_number.then(|| part.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From Nix's manual and its tests of `compareVersions`.
    #[test]
    fn versions_are_in_the_order_of_nix() {
        for (left, right) in [
            ("1.0", "2.3"),
            ("2.1", "2.3"),
            ("2.3", "2.5"),
            ("2.3", "3.1"),
            ("2.3", "2.3.1"),
            ("2.3a", "2.3.1"),
            ("2.3", "2.3a"),
            ("2.3a", "2.3c"),
            ("2.3pre1", "2.3"),
            ("2.3pre3", "2.3pre12"),
            ("2.3pre1", "2.3c"),
            ("2.3pre1", "2.3q"),
            ("1.9", "1.10"),
            ("3.0.13", "3.0.14"),
            ("1.1.1w", "3.0"),
            ("", "0"),
            ("2.40", "2.40-66"),
            ("99999999999999999999998", "99999999999999999999999"),
        ] {
            assert_eq!(
                compare_versions(left, right),
                Ordering::Less,
                "{left} {right}"
            );
            assert_eq!(
                compare_versions(right, left),
                Ordering::Greater,
                "{left} {right}"
            );
        }
        for (left, right) in [
            ("2.3.1", "2.3.1"),
            ("2-3", "2.3"),
            ("01.2", "1.02"),
            ("1.", "1"),
        ] {
            assert_eq!(
                compare_versions(left, right),
                Ordering::Equal,
                "{left} {right}"
            );
        }
    }
}
