//! Texts that are pasted: quoted so that Nix, TOML or a shell reads exactly the text, on one line and without a character that
//! could act before it is read.

use std::fmt::Write;

use super::is_unsafe;

/// Words of Nix that are no names of attributes without quotes.
const NIX_KEYWORDS: [&str; 10] = [
    "assert", "else", "if", "in", "inherit", "let", "or", "rec", "then", "with",
];

/// A string of Nix that evaluates to this text. Nix has no escapes for most control characters: they come from JSON.
///
/// Nix knows no NUL in strings; evaluating one fails.
pub fn nix_string(text: &str) -> String {
    let is_interpolated = |c: char| is_unsafe(c) && !"\n\r\t".contains(c);
    let mut nix = String::with_capacity(text.len() + 2);
    nix.push('"');
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' | '\\' => nix.extend(['\\', c]),
            // Before another '$' it would take that one's meaning away.
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

/// The name of an attribute of Nix, in quotes where it needs some.
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

/// A list of Nix with these texts.
pub fn nix_list<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
    let mut nix = String::from("[");
    for text in texts {
        nix.push(' ');
        nix.push_str(&nix_string(text.as_ref()));
    }
    nix.push_str(" ]");
    nix
}

/// A basic string of TOML, which is also a quoted key.
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

/// A word of a POSIX shell, in quotes where it needs some. A newline is written as it is only where the text ends in it, since a
/// command substitution loses it there; a NUL, which no argument can have, is left out.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,=".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('=') {
        return text.to_owned();
    }
    // A command substitution cuts newlines off at its end.
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
            // Interactive shells look for a command of their history behind '!', even there; printf takes '-' for an option.
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

/// A character as UTF-16 in hexadecimal digits, each unit behind `prefix`.
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
