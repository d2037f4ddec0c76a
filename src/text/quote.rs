//! Quotes text to paste: Nix, TOML or a shell reads back exactly the text. The result is one line, without characters that could
//! have an effect before they are read.

use std::fmt::Write;

use super::is_unsafe;

/// Keywords of Nix, which need quotes as attribute names.
const NIX_KEYWORDS: [&str; 10] = [
    "assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with",
];

/// Returns a Nix string that evaluates to this text. Nix has no escapes for most control characters, so they come from JSON.
///
/// Nix strings can't contain NUL; evaluating one fails.
pub fn nix_string(text: &str) -> String {
    let is_interpolated = |c: char| is_unsafe(c) && !"\n\r\t".contains(c);
    let mut nix = String::with_capacity(text.len() + 2);
    nix.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\\' => nix.extend(['\\', c]),
            // Before another '$' it would escape that one.
            '$' if chars
                .peek()
                .is_some_and(|next| *next == '{' || is_interpolated(*next)) =>
            {
                nix.push_str("\\$");
            }
            '\n' => nix.push_str("\\n"),
            '\r' => nix.push_str("\\r"),
            '\t' => nix.push_str("\\t"),
            c if is_interpolated(c) => {
                nix.push_str("${builtins.fromJSON \"\\\"");
                push_utf16(&mut nix, c, "\\\\u");
                while let Some(c) = chars.next_if(|c| is_interpolated(*c)) {
                    push_utf16(&mut nix, c, "\\\\u");
                }
                nix.push_str("\\\"\"}");
            }
            c => nix.push(c),
        }
    }
    nix.push('"');
    nix
}

/// Returns the name of a Nix attribute, quoted if necessary.
pub fn nix_attr(text: &str) -> String {
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_';
    let is_name = text.starts_with(is_start)
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_-'".contains(c))
        && !NIX_KEYWORDS.contains(&text);
    if is_name {
        text.to_owned()
    } else {
        nix_string(text)
    }
}

/// Returns a Nix list of these texts.
pub fn nix_list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let mut nix = String::from("[");
    for text in texts {
        nix.push(' ');
        nix.push_str(&nix_string(text.as_ref()));
    }
    nix.push_str(" ]");
    nix
}

/// Returns a basic TOML string, which is also a quoted key.
pub fn toml_string(text: &str) -> String {
    let mut toml = String::with_capacity(text.len() + 2);
    toml.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => toml.extend(['\\', c]),
            '\n' => toml.push_str("\\n"),
            '\r' => toml.push_str("\\r"),
            '\t' => toml.push_str("\\t"),
            c if is_unsafe(c) => {
                let _ = match u32::from(c) {
                    code @ ..=0xffff => write!(toml, "\\u{code:04x}"),
                    code => write!(toml, "\\U{code:08x}"),
                };
            }
            c => toml.push(c),
        }
    }
    toml.push('"');
    toml
}

/// Returns a word of a POSIX shell, quoted if necessary. Newlines at the end of the text are written literally, because a command
/// substitution would remove them. NUL, which no argument can contain, is left out.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('=') {
        return text.to_owned();
    }
    // A command substitution removes newlines at its end.
    let body = text.trim_end_matches('\n');
    let newlines = &text[body.len()..];
    if !body.contains(is_unsafe) {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut shell = String::from("\"$(printf '");
    for c in body.chars() {
        match c {
            '\0' => {}
            '%' => shell.push_str("%%"),
            '\\' => shell.push_str(r"\\"),
            // Interactive shells expand '!' from their history even there; printf would read '-' as an option.
            c if is_unsafe(c) || "'!-".contains(c) => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    let _ = write!(shell, "\\{byte:03o}");
                }
            }
            c => shell.push(c),
        }
    }
    shell.push_str("')\"");
    if !newlines.is_empty() {
        let _ = write!(shell, "'{newlines}'");
    }
    shell
}

/// Returns the operands of a command as words of a POSIX shell, after `--` if the command would read one as an option.
pub fn shell_operands<'a>(operands: impl IntoIterator<Item = &'a str>) -> String {
    let operands: Vec<_> = operands.into_iter().collect();
    let is_option = operands.iter().any(|operand| operand.starts_with('-'));
    let end = is_option.then(|| "--".to_owned());
    let words = operands.into_iter().map(shell_word);
    end.into_iter().chain(words).collect::<Vec<_>>().join(" ")
}

/// Appends a character as UTF-16 in hexadecimal digits, each unit after `prefix`.
fn push_utf16(out: &mut String, c: char, prefix: &str) {
    for unit in c.encode_utf16(&mut [0; 2]) {
        let _ = write!(out, "{prefix}{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_texts_stay_readable() {
        assert_eq!(nix_string("a b ü"), "\"a b ü\"");
        assert_eq!(nix_attr("web"), "web");
        assert_eq!(nix_attr("a@b"), "\"a@b\"");
        assert_eq!(nix_attr("with"), "\"with\"");
        assert_eq!(nix_list(["a", "b"]), "[ \"a\" \"b\" ]");
        assert_eq!(nix_list([""; 0]), "[ ]");
        assert_eq!(toml_string("/a b"), "\"/a b\"");
        assert_eq!(shell_word("/nix/store/a-1.0@x"), "/nix/store/a-1.0@x");
        assert_eq!(shell_word(r"a\x2db"), r"'a\x2db'");
    }

    #[test]
    fn what_could_act_is_quoted() {
        assert_eq!(nix_string("a${b}\"\\''$$\n"), r#""a\${b}\"\\''$$\n""#);
        assert_eq!(
            nix_string("\u{1b}[1m🙂\u{e0041}"),
            r#""${builtins.fromJSON "\"\\u001b\""}[1m🙂${builtins.fromJSON "\"\\udb40\\udc41\""}""#
        );
        assert_eq!(
            toml_string("\"\\\u{7f}\u{e0041}"),
            r#""\"\\\u007f\U000e0041""#
        );
        assert_eq!(shell_word("a'b;$c"), r"'a'\''b;$c'");
        assert_eq!(shell_word("\u{1b}!%\\"), r#""$(printf '\033\041%%\\')""#);
        assert_eq!(shell_word(""), "''");
    }
}
