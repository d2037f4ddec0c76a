//! Words, unquoted and unescaped as systemd does it (`extract_first_word` with `EXTRACT_UNQUOTE`).
//!
//! [`super::raw_words`] splits a value at the same places but keeps each word as it is in the unit, with its quotes, to repeat
//! it in a message or a drop-in.

use std::str::Chars;

/// The characters that separate words (`WHITESPACE`).
pub(super) const WHITE_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// The meaning of a backslash, which differs between settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Escapes {
    /// As in C; an unknown escape makes the word invalid (`EXTRACT_CUNESCAPE`): `Environment=`.
    C,
    /// As in C; an unknown escape is kept (`extract_first_word_and_warn`): commands.
    Lenient,
    /// It makes the next character literal (no flag): path lists, `PassEnvironment=`.
    Literal,
    /// None (`EXTRACT_RETAIN_ESCAPE`): words that are split further before they are unescaped.
    Kept,
}

/// The words of a value, up to one with an invalid escape or an unclosed quote: systemd ignores the rest with a warning.
pub struct Words<'a> {
    rest: &'a str,
    escapes: Escapes,
    keeps_escapes: bool,
}

impl<'a> Words<'a> {
    /// The words of `value`.
    pub fn new(value: &'a str, escapes: Escapes) -> Self {
        Self {
            rest: value.trim_start_matches(WHITE_SPACE),
            escapes,
            keeps_escapes: false,
        }
    }

    /// Skips the next word if it is exactly this text, unquoted, and returns whether it did.
    pub fn passes(&mut self, raw: &str) -> bool {
        match self.rest.strip_prefix(raw) {
            Some(rest) if rest.is_empty() || rest.starts_with(WHITE_SPACE) => {
                self.rest = rest.trim_start_matches(WHITE_SPACE);
                true
            }
            _ => false,
        }
    }
}

impl Words<'_> {
    /// The next word, or an error if it is invalid, which ends the words.
    pub(super) fn read(&mut self) -> Option<Result<String, InvalidWord>> {
        if self.rest.is_empty() {
            return None;
        }
        let Some(Word {
            text,
            rest,
            is_kept,
        }) = word(self.rest, self.escapes)
        else {
            self.rest = "";
            return Some(Err(InvalidWord));
        };
        self.rest = rest.trim_start_matches(WHITE_SPACE);
        self.keeps_escapes |= is_kept;
        Some(Ok(text))
    }

    /// Whether a word so far has an invalid escape ([`Escapes::Lenient`]).
    pub(super) fn keeps_escapes(&self) -> bool {
        self.keeps_escapes
    }
}

/// An invalid escape or an unclosed quote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InvalidWord;

impl Iterator for Words<'_> {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        self.read()?.ok()
    }
}

/// One word of a path list, as [`super::raw_words`] gives it, without its quotes.
pub fn unquoted(raw: &str) -> Option<String> {
    Words::new(raw, Escapes::Literal).next()
}

/// The parts of a word of [`Escapes::Kept`] between colons, with C's escapes and `\:` unescaped. Quotes have no meaning there.
/// `None` if an escape is invalid.
pub(super) fn colon_parts(word: &str) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        match c {
            ':' => parts.push(text(&std::mem::take(&mut part))),
            '\\' if chars.as_str().starts_with(':') => push(&mut part, chars.next()?),
            '\\' => unescape(&mut chars, &mut part)?,
            c => push(&mut part, c),
        }
    }
    parts.push(text(&part));
    Some(parts)
}

struct Word<'a> {
    text: String,
    /// The rest of the value.
    rest: &'a str,
    /// Whether an escape is kept in it.
    is_kept: bool,
}

/// The first word.
fn word(value: &str, escapes: Escapes) -> Option<Word<'_>> {
    let mut is_kept = false;
    let mut word = Vec::new();
    let mut quote = None;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if escapes == Escapes::Literal => push(&mut word, chars.next()?),
            '\\' if escapes != Escapes::Kept => {
                if unescape(&mut chars, &mut word).is_some() {
                    continue;
                }
                if escapes == Escapes::C {
                    return None;
                }
                is_kept = true;
                word.push(b'\\');
                if let Some(c) = chars.next() {
                    push(&mut word, c);
                }
            }
            c if quote == Some(c) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(c),
            c if quote.is_none() && WHITE_SPACE.contains(&c) => break,
            c => push(&mut word, c),
        }
    }
    quote.is_none().then(|| Word {
        text: text(&word),
        rest: chars.as_str(),
        is_kept,
    })
}

/// Unescapes the escape after a backslash (`cunescape_one`). Consumes nothing if it is invalid.
fn unescape(chars: &mut Chars, word: &mut Vec<u8>) -> Option<()> {
    let at = chars.as_str();
    let number = |skipped: usize, digits: usize, radix: u32| {
        let digits = at.get(skipped..skipped + digits)?;
        let all = digits.chars().all(|c| c.is_digit(radix));
        let number = u32::from_str_radix(digits, radix).ok()?;
        (all && number != 0).then_some(number)
    };
    let byte = |number: Option<u32>| u8::try_from(number?).ok();
    let (byte, length) = match at.chars().next()? {
        'a' => (0x07, 1),
        'b' => (0x08, 1),
        'f' => (0x0c, 1),
        'n' => (b'\n', 1),
        'r' => (b'\r', 1),
        't' => (b'\t', 1),
        'v' => (0x0b, 1),
        's' => (b' ', 1),
        c @ ('\\' | '"' | '\'') => (u8::try_from(c).ok()?, 1),
        'x' => (byte(number(1, 2, 16))?, 3),
        '0'..='7' => (byte(number(0, 3, 8))?, 3),
        c @ ('u' | 'U') => {
            let digits = if c == 'u' { 4 } else { 8 };
            push(word, char::from_u32(number(1, digits, 16)?)?);
            *chars = at[1 + digits..].chars();
            return Some(());
        }
        _ => return None,
    };
    word.push(byte);
    *chars = at[length..].chars();
    Some(())
}

fn push(word: &mut Vec<u8>, c: char) {
    word.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// `\xff` need not be part of a character.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::systemd::raw_words;

    fn words(value: &str, escapes: Escapes) -> Vec<String> {
        Words::new(value, escapes).collect()
    }

    /// As `systemctl show` prints such lines of `Environment=` (systemd 252, 257 and 262).
    #[test]
    fn words_are_parted_and_unescaped_as_in_c() {
        for (value, expected) in [
            (r#""A=b c" 'D=e' F="g h""#, &["A=b c", "D=e", "F=g h"][..]),
            (r#"G=i"j k"l "" M=a;b"#, &["G=ij kl", "", "M=a;b"]),
            (r"H=a\x20b I=\101 J=a\tb", &["H=a b", "I=A", "J=a\tb"]),
            (r#""K=x \"y\" 'z'" Y=a\'b"#, &["K=x \"y\" 'z'", "Y=a'b"]),
            (r"W=u\u00e9 X=\xc3\xa9 AG=\s.", &["W=ué", "X=é", "AG= ."]),
            (r"N=ok O=a\qb P=after", &["N=ok"]),
            (r#"Q=ok "R=open S=x"#, &["Q=ok"]),
            (r"N=ok O=\x4", &["N=ok"]),
            (r"N=ok O=\400", &["N=ok"]),
            (r"N=ok O=\x00", &["N=ok"]),
            (r"N=ok O=\", &["N=ok"]),
        ] {
            assert_eq!(words(value, Escapes::C), expected, "{value}");
        }
    }

    /// As `systemctl show` prints such lines of `ExecStart=`, `ReadWritePaths=` and `TemporaryFileSystem=`.
    #[test]
    fn a_backslash_means_what_the_setting_says() {
        let value = r"/a\ b x\x20\q";
        assert_eq!(words(value, Escapes::C), [""; 0]);
        assert_eq!(words(value, Escapes::Lenient), [r"/a\ b", r"x \q"]);
        assert_eq!(words(value, Escapes::Literal), ["/a b", "xx20q"]);
        assert_eq!(words(value, Escapes::Kept), [r"/a\", "b", r"x\x20\q"]);
        assert_eq!(words(r"a\", Escapes::Lenient), [r"a\"]);
        assert_eq!(words(r"a\", Escapes::Literal), [""; 0]);
    }

    #[test]
    fn a_word_is_passed_where_it_stands_alone() {
        let mut words = Words::new("; ;; ';' ;", Escapes::Lenient);
        assert!(words.passes(";"));
        assert!(!words.passes(";"));
        assert_eq!(words.next().as_deref(), Some(";;"));
        assert!(!words.passes(";"));
        assert_eq!(words.next().as_deref(), Some(";"));
        assert!(words.passes(";"));
        assert_eq!(words.next(), None);
    }

    #[test]
    fn parts_are_unescaped_one_by_one() {
        let parts = |word| colon_parts(word).unwrap_or_default();
        assert_eq!(parts(r"a\:b:c\x20d::"), ["a:b", "c d", "", ""]);
        assert_eq!(parts("\"a:b\""), ["\"a", "b\""]);
        assert_eq!(colon_parts(r"a\qb:c"), None);
    }

    proptest! {
        #[test]
        fn words_and_raw_words_are_parted_alike(value in r#"[ab "'\\]{0,20}"#) {
            let words = words(&value, Escapes::Literal);
            for (word, raw) in words.into_iter().zip(raw_words(&value)) {
                prop_assert_eq!(Some(word), unquoted(&raw));
            }
        }

        #[test]
        fn any_text_is_read(value in "\\PC{0,40}") {
            for escapes in [Escapes::C, Escapes::Lenient, Escapes::Literal, Escapes::Kept] {
                let _ = words(&value, escapes);
            }
            let _ = colon_parts(&value);
        }
    }
}
