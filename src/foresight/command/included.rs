//! Other files that a configuration reads in, as any language writes it: `include "/etc/a"`, `@include /etc/a`, `<?include "/etc/a"?>`.

use crate::inspect::is_of_host;

/// What may be directly before the word.
const MARKS: [&str; 8] = ["#!", "@", "!", "%", "$", ".", "<?", ""];

/// What may be behind the word.
const ENDS: [&str; 3] = ["_file", "-file", ""];

/// The files that a text reads in, each with its line, from 1. Patterns are not among them, nor what is read in only if it is there.
pub(super) fn inclusions(text: &str) -> Vec<(usize, &str)> {
    let lines = text.lines().enumerate();
    lines
        .filter_map(|(number, line)| Some((number + 1, inclusion(line)?)))
        .collect()
}

fn inclusion(line: &str) -> Option<&str> {
    let start = line.trim_start();
    // Behind a blank, it is a word of a comment.
    if start.starts_with("//") || start.starts_with(';') || start.starts_with("# ") {
        return None;
    }
    let at = find(line, "include")?;
    let before = line[..at].trim_end_matches(|c: char| "#!@%$.<?".contains(c));
    let mark = &line[before.len()..at];
    let is_first = before
        .chars()
        .all(|c| c.is_whitespace() || ",{[(".contains(c));
    if !MARKS.contains(&mark) || !is_first && mark != "<?" {
        return None;
    }
    let behind = &line[at + "include".len()..];
    let mut ends = ENDS.iter();
    let behind = ends.find_map(|end| {
        let rest = behind.strip_prefix(end)?;
        rest.starts_with(|c: char| c.is_whitespace() || "=:(\"'".contains(c))
            .then_some(rest)
    })?;
    let path = behind.trim_start_matches(|c: char| c.is_whitespace() || "=:(\"'".contains(c));
    let is_end = |c: char| c.is_whitespace() || "\"');,?>".contains(c);
    let path = path.split(is_end).next()?;
    let is_plain = !path.contains(|c: char| "*[{$%".contains(c)) && !path.ends_with('/');
    (is_of_host(path, &[]) && is_plain).then_some(path)
}

/// Where a word is in a line, in any case.
fn find(line: &str, word: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let mut all = bytes.windows(word.len());
    all.position(|window| window.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inclusions_are_found_in_any_language() {
        for line in [
            "include_file \"/etc/a\"",
            "{ \"a\": 1, <?include \"/etc/a\"?> }",
            "@include \"/etc/a\"",
            "@INCLUDE /etc/a",
            "  include = /etc/a",
            "include: \"/etc/a\"",
            "$INCLUDE /etc/a ; zone",
            "!include /etc/a",
            ".include /etc/a",
            "#!include \"/etc/a\"",
            "include(\"/etc/a\");",
        ] {
            assert_eq!(inclusion(line), Some("/etc/a"), "{line}");
        }
        for line in [
            "# include /etc/a",
            "#include /etc/a",
            "// include \"/etc/a\"",
            "include_if_exists /etc/a",
            "include? \"/etc/a\"",
            "IncludeOptional /etc/a",
            "include /etc/a/*.conf",
            "include \"a\"",
            "what to include /etc/a",
            "exclude /etc/a",
            "",
        ] {
            assert_eq!(inclusion(line), None, "{line}");
        }
    }
}
