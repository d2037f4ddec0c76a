//! The syntax of path lists in unit files.

use std::borrow::Cow;

use anyhow::{Result, ensure};

use crate::store::is_name_char;

/// Writes a path as one part of a word of `BindPaths=` and `BindReadOnlyPaths=`: specifiers and the colon escaped, quoted where
/// white space or quotes ask for it. systemd reads these words with `EXTRACT_UNQUOTE | EXTRACT_UNESCAPE_SEPARATORS`
/// (`config_parse_bind_paths`): only separators and the backslash can be escaped, `\x20` is not decoded.
/// Fails on a path with control characters, which the syntax can't carry.
pub fn path_word(path: &str) -> Result<Cow<'_, str>> {
    ensure!(
        !path.chars().any(char::is_control),
        "{path:?} can't be written in a unit file: it holds a control character"
    );
    if path.bytes().all(|byte| byte == b'/' || is_name_char(byte)) {
        return Ok(Cow::Borrowed(path));
    }
    let mut word = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '%' => word.push_str("%%"),
            ':' => word.push_str(r"\:"),
            '\\' => word.push_str(r"\\"),
            ' ' => word.push_str("\" \""),
            '"' => word.push_str("'\"'"),
            '\'' => word.push_str("\"'\""),
            c => word.push(c),
        }
    }
    Ok(Cow::Owned(word))
}

/// The paths that stand first in the words of a list like that of `BindPaths=`, unquoted and without `-`.
pub fn path_sources(list: &str) -> Vec<String> {
    let mut sources = Vec::new();
    let mut source: Option<String> = None;
    let mut in_source = true;
    let mut quote = None;
    let mut chars = list.chars();
    while let Some(c) = chars.next() {
        if quote.is_none() && c.is_ascii_whitespace() {
            sources.extend(source.take());
            in_source = true;
            continue;
        }
        let word = source.get_or_insert_default();
        let literal = match c {
            _ if quote == Some(c) => {
                quote = None;
                continue;
            }
            '"' | '\'' if quote.is_none() => {
                quote = Some(c);
                continue;
            }
            ':' => {
                in_source = false;
                continue;
            }
            '\\' => chars.next().unwrap_or(c),
            c => c,
        };
        if in_source {
            word.push(literal);
        }
    }
    sources.extend(source);
    sources
        .iter()
        .map(|word| word.strip_prefix('-').unwrap_or(word).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_systemd_would_read_otherwise_is_escaped() -> Result<()> {
        assert_eq!(
            path_word("/nix/store/0-a+b_c?d=e.f")?,
            "/nix/store/0-a+b_c?d=e.f"
        );
        assert_eq!(path_word("/a%n/b:c")?, r"/a%%n/b\:c");
        assert_eq!(path_word(r#"/a b/c"d'e\f"#)?, r#"/a" "b/c'"'d"'"e\\f"#);
        assert!(path_word("/a\nBindPaths=/").is_err());
        Ok(())
    }

    #[test]
    fn the_sources_of_a_list_are_read_as_they_are_written() -> Result<()> {
        let odd = r#"/a b/c"d'e\f:g"#;
        let list = format!("-/x:/y:norbind \t{} '/p q':/r", path_word(odd)?);
        assert_eq!(path_sources(&list), ["/x", odd, "/p q"]);
        assert_eq!(path_sources("  "), Vec::<String>::new());
        Ok(())
    }
}
