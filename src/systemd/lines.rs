//! The lines of a unit file (`config_parse` and `read_line` in systemd): as bytes, because systemd refuses invalid UTF-8 in a
//! line but accepts it in a comment.

/// The characters that separate words and are stripped from lines (`WHITESPACE`).
const WHITE_SPACE: &[u8] = b" \t\n\r";

/// The longest line and the longest joined line, in bytes (`LONG_LINE_MAX`).
const LONGEST: usize = 1 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A line that is neither empty nor a comment, continued ones joined by a space.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The number of its last line in the file, as in systemd's messages.
    pub number: usize,
    /// Its content.
    pub content: Content<'a>,
}

/// The content of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Content<'a> {
    /// Text, without white space around it.
    Text(String),
    /// Invalid UTF-8, or a line longer than systemd reads: systemd stops here.
    Unreadable(&'a str),
}

/// The lines of a file.
pub(super) fn lines(file: &[u8]) -> Vec<Line<'static>> {
    let mut read = Vec::new();
    let mut continued: Option<Vec<u8>> = None;
    let mut number = 0;
    let mut is_marked = false;
    for line in PhysicalLines(file) {
        let Some(mut line) = line else {
            read.push(unreadable(number, "the line is longer than 1 MiB"));
            return read;
        };
        number += 1;
        if matches!(trim_start(line).first(), Some(b'#' | b';')) {
            continue;
        }
        if let Some(rest) = line.strip_prefix(BYTE_ORDER_MARK).filter(|_| !is_marked) {
            is_marked = true;
            line = rest;
        }
        let mut joined = continued.take().unwrap_or_default();
        if joined.len() + line.len() > LONGEST {
            read.push(unreadable(
                number,
                "the continued line is longer than 1 MiB",
            ));
            return read;
        }
        joined.extend_from_slice(line);
        // A joined line ends in a space, so only this line matters.
        if ends_escaped(line) {
            joined.pop();
            joined.push(b' ');
            continued = Some(joined);
        } else if !push(&mut read, number, &joined) {
            return read;
        }
    }
    if let Some(joined) = continued {
        push(&mut read, number + 1, &joined);
    }
    read
}

/// Whether the last character is a backslash that no other one escapes.
fn ends_escaped(line: &[u8]) -> bool {
    line.iter()
        .fold(false, |escaped, &byte| !escaped && byte == b'\\')
}

/// Adds a line; returns false if nothing may follow it.
fn push(read: &mut Vec<Line>, number: usize, joined: &[u8]) -> bool {
    let text = trim(joined);
    if text.is_empty() {
        return true;
    }
    match std::str::from_utf8(text) {
        Ok(text) if text.chars().all(is_character) => {
            let content = Content::Text(text.to_owned());
            read.push(Line { number, content });
            true
        }
        _ => {
            read.push(unreadable(number, "it is not UTF-8"));
            false
        }
    }
}

fn unreadable(number: usize, reason: &str) -> Line<'_> {
    let content = Content::Unreadable(reason);
    Line { number, content }
}

/// Whether systemd accepts the character (`unichar_is_valid`).
fn is_character(c: char) -> bool {
    let c = u32::from(c);
    !(0xfdd0..=0xfdef).contains(&c) && c & 0xfffe != 0xfffe
}

fn trim_start(line: &[u8]) -> &[u8] {
    let start = line.iter().position(|byte| !WHITE_SPACE.contains(byte));
    &line[start.unwrap_or(line.len())..]
}

fn trim(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| !WHITE_SPACE.contains(byte));
    trim_start(&line[..end.map_or(0, |end| end + 1)])
}

/// The lines of a file, separated by line feeds, carriage returns and NUL bytes; a sequence of different ones is one separator.
/// `None` in place of a line that is too long, which is the last.
struct PhysicalLines<'a>(&'a [u8]);

impl<'a> Iterator for PhysicalLines<'a> {
    type Item = Option<&'a [u8]>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r' | 0);
        let length = self.0.iter().position(is_end).unwrap_or(self.0.len());
        let (line, mut rest) = self.0.split_at(length);
        if length >= LONGEST {
            self.0 = &[];
            return Some(None);
        }
        let mut seen = Vec::with_capacity(3);
        while let Some((end, after)) = rest.split_first() {
            if !is_end(end) || seen.contains(end) || seen.contains(&0) {
                break;
            }
            seen.push(*end);
            rest = after;
        }
        self.0 = rest;
        Some(Some(line))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(file: &[u8]) -> Vec<(usize, String)> {
        lines(file)
            .into_iter()
            .map(|line| match line.content {
                Content::Text(text) => (line.number, text),
                Content::Unreadable(reason) => (line.number, format!("! {reason}")),
            })
            .collect()
    }

    /// As systemd 252, 257 and 262 tell it in the messages on such files.
    #[test]
    fn lines_are_parted_and_joined_as_systemd_does() {
        for (file, expected) in [
            (&b"a\n b \n\nc"[..], &[(1, "a"), (2, "b"), (4, "c")][..]),
            (
                b"a\r\nb\n\rc\rd\0e",
                &[(1, "a"), (2, "b"), (3, "c"), (4, "d"), (5, "e")],
            ),
            (b"a\0\0b", &[(1, "a"), (3, "b")]),
            (b"a \\\n# c\\\n  ;d\n b\nc", &[(4, "a   b"), (5, "c")]),
            (b"a \\\\\nb", &[(1, r"a \\"), (2, "b")]),
            (b"a\\\n\\\nb\n", &[(3, "a  b")]),
            (b"a \\", &[(2, "a")]),
            (b"a \\\n", &[(2, "a")]),
            (b"a \\\n\nb", &[(2, "a"), (3, "b")]),
            (
                b"\xef\xbb\xbf[x]\n\xef\xbb\xbf[y]",
                &[(1, "[x]"), (2, "\u{feff}[y]")],
            ),
            (b"\xef\xbb\xbf# x", &[(1, "# x")]),
            (b"# \xe9\na\n\xe9\nb", &[(2, "a"), (3, "! it is not UTF-8")]),
            (b"a\xef\xbf\xbf", &[(1, "! it is not UTF-8")]),
            (b"\xc2\xa0a=b", &[(1, "\u{a0}a=b")]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(number, text)| (*number, (*text).to_owned()))
                .collect();
            assert_eq!(read(file), expected, "{}", file.escape_ascii());
        }
    }

    #[test]
    fn what_is_too_long_ends_the_file() {
        let long = [&b"a\n"[..], &vec![b'x'; LONGEST], b"\nb"].concat();
        assert_eq!(
            read(&long),
            [
                (1, "a".to_owned()),
                (1, "! the line is longer than 1 MiB".to_owned())
            ]
        );
        let continued = "xxxxxxx\\\n".repeat(LONGEST / 8 + 1);
        let last = read(continued.as_bytes()).pop();
        assert_eq!(
            last,
            Some((
                131_073,
                "! the continued line is longer than 1 MiB".to_owned()
            ))
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(file in proptest::collection::vec(
            proptest::sample::select(b"[]=ab\\#; \n\r\0\xef\xbb\xbf\xe9".to_vec()), 0..60)
        ) {
            let _ = lines(&file);
        }
    }
}
