//! The syntax of path lists in unit files.

use std::borrow::Cow;

use anyhow::{Result, ensure};

use crate::store::is_name_char;

/// Writes a path as one part of a word of `BindPaths=` and `BindReadOnlyPaths=`: specifiers and the colon escaped, quoted if it
/// contains white space or quotes. systemd reads these words with `EXTRACT_UNQUOTE | EXTRACT_UNESCAPE_SEPARATORS`
/// (`config_parse_bind_paths`): only separators and the backslash can be escaped, `\x20` is not decoded. Fails on a path with
/// control characters, which the syntax can't express.
pub fn path_word(path: &str) -> Result<Cow<'_, str>> {
    if path.bytes().all(|byte| byte == b'/' || is_name_char(byte)) {
        return Ok(Cow::Borrowed(path));
    }
    ensure!(
        !path.chars().any(char::is_control),
        "{path:?} can't be written in a unit file: it contains a control character"
    );
    Ok(Cow::Owned(quoted(&path.replace('%', "%%"))))
}

/// The same for a path in which percent signs are already doubled.
pub(super) fn quoted(path: &str) -> String {
    let mut word = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            ':' => word.push_str(r"\:"),
            '\\' => word.push_str(r"\\"),
            ' ' | '\t' | '\n' | '\r' => word.extend(['"', c, '"']),
            '"' => word.push_str("'\"'"),
            '\'' => word.push_str("\"'\""),
            c => word.push(c),
        }
    }
    word
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
}
