//! The syntax of one line of strace's output.

use super::table::is_answer;

/// A call.
pub(in crate::observe) struct Line<'a> {
    pub call: &'a str,
    /// Its arguments, as strace writes them.
    pub arguments: Vec<&'a str>,
    /// The name of the error; empty if it did not fail.
    pub errno: &'a str,
}

impl Line<'_> {
    /// Whether it failed, and that is not just the answer that the program asked for.
    pub fn has_failed(&self) -> bool {
        !self.errno.is_empty() && !is_answer(self.call, self.errno)
    }

    /// Whether it succeeded, or goes on.
    pub fn has_begun(&self) -> bool {
        self.errno.is_empty() || self.errno == "EINPROGRESS"
    }
}

/// What one line is.
pub(super) enum Parsed<'a> {
    Call(Line<'a>),
    /// The beginning of a call, while which another process wrote something.
    Unfinished {
        process: u32,
        text: &'a str,
    },
    /// The end of such a call.
    Resumed {
        process: u32,
        rest: &'a str,
    },
    /// A signal, or the end of a process.
    NoCall,
    NotUnderstood,
}

/// More arguments than any call has, the members of a structure included.
const MAX_ARGUMENTS: usize = 64;

pub(super) fn parse(line: &str) -> Parsed<'_> {
    let (process, text) = process(line);
    if text.starts_with("--- ") || text.starts_with("+++ ") {
        return Parsed::NoCall;
    }
    if let Some(text) = text.strip_suffix(" <unfinished ...>") {
        return Parsed::Unfinished { process, text };
    }
    if let Some(rest) = text.strip_prefix("<... ") {
        return match rest.split_once(" resumed>") {
            Some((_, rest)) => Parsed::Resumed { process, rest },
            None => Parsed::NotUnderstood,
        };
    }
    call(text).unwrap_or(Parsed::NotUnderstood)
}

/// Splits off the number of the process, which strace writes if it follows forks.
fn process(line: &str) -> (u32, &str) {
    let numbered = line.split_once(' ').and_then(|(number, text)| {
        let number = number.parse().ok()?;
        Some((number, text.trim_start()))
    });
    numbered.unwrap_or((0, line))
}

fn call(text: &str) -> Option<Parsed<'_>> {
    let (call, rest) = text.split_once('(')?;
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if call.is_empty() || !call.chars().all(is_name) {
        return None;
    }
    let (arguments, rest) = split(rest)?;
    let result = rest.trim_start().strip_prefix("= ")?;
    let errno = match result.strip_prefix("-1 ") {
        Some(error) => error.split(' ').next()?,
        None => "",
    };
    let is_errno = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit();
    let is_known = errno.is_empty() || errno.starts_with('E');
    if !is_known || !errno.chars().all(is_errno) {
        return None;
    }
    Some(Parsed::Call(Line {
        call,
        arguments,
        errno,
    }))
}

/// Splits arguments at their commas. Returns them and what follows the closing parenthesis.
fn split(text: &str) -> Option<(Vec<&str>, &str)> {
    let mut arguments = Vec::new();
    let (mut depth, mut start, mut at) = (0_usize, 0, 0);
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_string(bytes, at)?,
            // `1<<CAP_CHOWN` is a number; `3</etc>` is a file with its path, in which both characters are escaped.
            b'<' if bytes.get(at + 1) == Some(&b'<') => at += 1,
            b'<' => at += bytes[at..].iter().position(|byte| *byte == b'>')?,
            b'(' | b'[' | b'{' => depth += 1,
            b')' if depth == 0 => {
                let last = text[start..at].trim();
                if !last.is_empty() {
                    arguments.push(last);
                }
                return Some((arguments, &text[at + 1..]));
            }
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b',' if depth == 0 => {
                arguments.push(text[start..at].trim());
                start = at + 1;
                if arguments.len() > MAX_ARGUMENTS {
                    return None;
                }
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// Returns where the string that begins at `start` ends.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Returns the text of a string as strace writes it: `"a\303\251"`. `None` if it is none, or cut short.
pub(super) fn string(argument: &str) -> Option<String> {
    unescaped(argument.strip_prefix('"')?.strip_suffix('"')?)
}

/// Returns the path of a file that strace writes with it: `3</etc>`. `None` for what is no file, and for a file that was deleted.
pub(super) fn path_of_file(argument: &str) -> Option<String> {
    let (_, path) = argument.split_once('<')?;
    let path = path.strip_suffix('>')?;
    path.starts_with('/').then(|| unescaped(path)).flatten()
}

/// Resolves the escapes of C.
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next()? {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'v' => 0x0b,
            b'f' => 0x0c,
            first @ b'0'..=b'7' => {
                let mut value = u32::from(first - b'0');
                for _ in 0..2 {
                    match rest.next_if(|byte| (b'0'..=b'7').contains(byte)) {
                        Some(digit) => value = value * 8 + u32::from(digit - b'0'),
                        None => break,
                    }
                }
                u8::try_from(value).ok()?
            }
            other => other,
        });
    }
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
