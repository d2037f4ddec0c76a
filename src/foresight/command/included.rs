//! Other files that a configuration reads in, as any language writes it: `include "/etc/a"`, `@include /etc/a`, `<?include "/etc/a"?>`.

use crate::inspect::is_of_host;

/// What may be directly before the word.
const MARKS: [&str; 9] = ["#!", "@", "!", "%", "$", ".", "<?", "<", ""];

/// Attributes of XML that name the file.
const ATTRIBUTES: [&str; 3] = ["file=", "href=", "src="];

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
    // As bacula has it.
    if let Some(path) = start.strip_prefix('@').filter(|it| it.starts_with('/')) {
        return path_of(path);
    }
    let at = find(line, "include")?;
    // `<xsl:include href="/etc/a"/>`
    let tag = line[..at].rfind('<');
    let tag = tag.filter(|tag| line[*tag..at].ends_with(':'));
    let start = tag.map_or(at, |tag| tag + 1);
    let before = line[..start].trim_end_matches(|c: char| "#!@%$.<?".contains(c));
    let mark = &line[before.len()..start];
    let mut indent = before.chars();
    let is_first = indent.all(|c| c.is_whitespace() || ",{[(".contains(c));
    if !MARKS.contains(&mark) || !is_first && !mark.starts_with('<') {
        return None;
    }
    let behind = &line[at + "include".len()..];
    let attribute = ATTRIBUTES.iter().find_map(|name| {
        let (between, value) = behind.split_once(name)?;
        let is_next = !between.is_empty() && between.trim().is_empty();
        (mark == "<" && is_next).then_some(value)
    });
    if let Some(value) = attribute {
        return path_of(value);
    }
    let mut ends = ENDS.iter();
    let behind = ends.find_map(|end| {
        let rest = behind.strip_prefix(end)?;
        rest.starts_with(|c: char| c.is_whitespace() || "=:(\"'".contains(c))
            .then_some(rest)
    })?;
    path_of(behind)
}

/// The path that a text begins with, behind what may be before it.
fn path_of(text: &str) -> Option<&str> {
    let path = text.trim_start_matches(|c: char| c.is_whitespace() || "=:(\"'".contains(c));
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
            "  @/etc/a",
            "  include = /etc/a",
            "include: \"/etc/a\"",
            "$INCLUDE /etc/a ; zone",
            "!include /etc/a",
            ".include /etc/a",
            "#!include \"/etc/a\"",
            "<a><xsl:include href=\"/etc/a\"/></a>",
            "<include file='/etc/a' />",
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
