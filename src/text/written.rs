//! Text of one output. Only literals of confinix are added unchanged; any other text is escaped as the output requires.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::marker::PhantomData;
use std::sync::Arc;

use super::is_unsafe;
use super::shortened::shortened;

/// The maximum number of characters of an untrusted text that people are shown.
const MAX_SHOWN: usize = 4096;

/// An output: a terminal, a page, a document with its own syntax.
pub trait Output: Sized {
    /// Escapes text without unsafe characters ([`is_unsafe`]), so that it is plain text in the output.
    fn escape(text: &str, out: &mut String);

    /// Escapes any text: in one line, with unsafe characters in a visible form, and shortened to what people can read.
    fn write(text: &str, out: &mut String) {
        Self::escape(&visible(text), out);
    }

    /// The replacement for a colon or a bracket that would start a GitHub workflow command (`::error …`, `##[error]`).
    const COLON: &'static str;
    /// See [`Output::COLON`].
    const BRACKET: &'static str;
}

/// Text of the output `O`.
///
/// Every way to add a string escapes it: `text!`, or a function named after its result. Other strings can't be printed, because
/// [`Document`](super::Document)s consist only of such text:
///
/// ```
/// use confinix::text::{Document, Terminal, Text};
/// let shown = Text::<Terminal>::lines("a name\u{1b}[2J");
/// assert_eq!(Document::from(shown).as_str(), r"a name\u{1b}[2J");
/// ```
/// ```compile_fail
/// let document = confinix::text::Document::from(String::from("a name"));
/// ```
pub struct Text<O> {
    text: String,
    output: PhantomData<O>,
}

/// A value that can be added to a text of the output `O`.
pub trait Put<O> {
    /// Adds the value, escaped if it is untrusted.
    fn put(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// Only for [`text!`](crate::text::text).
#[doc(hidden)]
pub struct Putting<'a, O, T: ?Sized>(pub &'a T, pub PhantomData<O>);

impl<O, T: Put<O> + ?Sized> fmt::Display for Putting<'_, O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.put(f)
    }
}

/// Makes a [`Text`] from a literal with `{}` for values. The literal is added unchanged, everything else is escaped. Names within
/// braces don't compile.
macro_rules! text {
    ($format:literal $(, $value:expr)* $(,)?) => {
        $crate::text::Text::of(|output| {
            ::std::format_args!(::std::concat!($format) $(, $crate::text::Putting(&$value, output))*).to_string()
        })
    };
}
pub(crate) use text;

impl<O: Output> Text<O> {
    /// Only for [`text!`](crate::text::text).
    #[doc(hidden)]
    pub fn of(make: impl FnOnce(PhantomData<O>) -> String) -> Self {
        Self::raw(make(PhantomData))
    }

    /// Returns text that is already in the output's syntax.
    pub(super) fn raw(text: String) -> Self {
        Self {
            text,
            output: PhantomData,
        }
    }

    /// Returns an empty text.
    pub fn new() -> Self {
        Self::raw(String::new())
    }

    /// Returns a literal of confinix.
    pub fn own(text: &'static str) -> Self {
        Self::raw(text.to_owned())
    }

    /// Returns untrusted text of several lines, and keeps the lines.
    pub fn lines(foreign: &str) -> Self {
        let lines: Vec<_> = foreign
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .map(escaped::<O>)
            .collect();
        Self::raw(lines.join("\n"))
    }

    /// Appends text of the same output.
    pub fn push(&mut self, more: Self) {
        if self.text.is_empty() {
            self.text = more.text;
        } else {
            self.text.push_str(&more.text);
        }
    }

    /// Returns whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns the number of characters.
    pub fn width(&self) -> usize {
        self.text.chars().count()
    }

    /// Returns the number of characters that it will have when it is finished, if it is whole lines.
    pub fn finished_width(&self) -> usize {
        Self::raw(self.text.clone()).finish().chars().count()
    }

    /// Removes white space at the end.
    #[must_use]
    pub fn trimmed_end(mut self) -> Self {
        self.text.truncate(self.text.trim_end().len());
        self
    }

    /// Joins texts with `separator` between them.
    pub fn join(parts: impl IntoIterator<Item = Self>, separator: &'static str) -> Self {
        let parts: Vec<_> = parts.into_iter().map(|part| part.text).collect();
        Self::raw(parts.join(separator))
    }

    /// Returns the text in the output's syntax.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the finished text, in which no line is a command to a workflow that prints it.
    pub(super) fn finish(self) -> String {
        let text = without_brackets(self.text, O::BRACKET);
        if !text.contains("::") {
            return text;
        }
        let mut finished = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let start = line.trim_start();
            match start.strip_prefix("::") {
                Some(rest) => {
                    finished.push_str(&line[..line.len() - start.len()]);
                    finished.push_str(O::COLON);
                    finished.push(':');
                    finished.push_str(rest);
                }
                None => finished.push_str(line),
            }
        }
        finished
    }
}

impl<O: Output> Default for Text<O> {
    fn default() -> Self {
        Self::new()
    }
}

impl<O: Output> FromIterator<Self> for Text<O> {
    fn from_iter<I: IntoIterator<Item = Self>>(parts: I) -> Self {
        Self::join(parts, "")
    }
}

/// Replaces the brackets of `##[…`, `##vso[…` and `##teamcity[…`, which CI servers read as commands.
pub(super) fn without_brackets(text: String, instead: &str) -> String {
    if !text.contains("##") {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find("##") {
        let (before, after) = rest.split_at(at + 2);
        out.push_str(before);
        let end = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        // In "###[", the last two belong to the command.
        let end = if after.starts_with('#') { 0 } else { end };
        out.push_str(&after[..end]);
        rest = match after[end..].strip_prefix('[') {
            Some(rest) => {
                out.push_str(instead);
                rest
            }
            None if after.starts_with('#') => {
                out.pop();
                &rest[at + 1..]
            }
            None => &after[end..],
        };
    }
    out.push_str(rest);
    out
}

/// Returns untrusted text as the output writes it.
pub(super) fn escaped<O: Output>(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    O::write(text, &mut out);
    out
}

/// Returns text without unsafe characters, in one line, and shortened to what people can read.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let (text, more) = shortened(text, MAX_SHOWN);
    if more == 0 && !text.contains(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unsafe(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    if more > 0 {
        let _ = write!(shown, "… ({more} more characters)");
    }
    Cow::Owned(shown)
}

impl<O> Put<O> for Text<O> {
    fn put(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<O: Output> Put<O> for str {
    fn put(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escaped::<O>(self))
    }
}

impl<O, T: Put<O> + ?Sized> Put<O> for &T {
    fn put(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).put(f)
    }
}

impl<O: Output> Put<O> for Cow<'_, str> {
    fn put(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Put::<O>::put(&**self, f)
    }
}

/// Implements [`Put`] for types whose [`Display`](fmt::Display) form is untrusted text.
macro_rules! foreign {
    ($($type:ty),* $(,)?) => {
        $(impl<O: $crate::text::Output> $crate::text::Put<O> for $type {
            fn put(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                $crate::text::Put::<O>::put(self.to_string().as_str(), f)
            }
        })*
    };
}
pub(crate) use foreign;

/// Implements [`Put`] for types whose [`Display`](fmt::Display) form is a number.
macro_rules! numbers {
    ($($type:ty),* $(,)?) => {
        $(impl<O> Put<O> for $type {
            fn put(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        })*
    };
}

foreign!(String, Arc<str>, char, std::path::Display<'_>);
numbers!(u8, u16, u32, u64, usize, i32, i64, f32, f64);
