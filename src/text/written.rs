//! Text of one output. Only what is written in confinix itself gets into it as it is; all else is escaped as the output needs it.

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::marker::PhantomData;
use std::sync::Arc;

use super::is_unsafe;

/// How many characters of a text from elsewhere are shown to people.
const MAX_SHOWN: usize = 4096;

/// What text is written for: a terminal, a page, a document of some syntax.
pub trait Output: Sized {
    /// Writes text in which no character is unsafe ([`is_unsafe`]) so that it is text and nothing else.
    fn escape(text: &str, out: &mut String);

    /// Writes any text so: in one line, what is unsafe in a visible form, and no more than people can read.
    fn write(text: &str, out: &mut String) {
        Self::escape(&visible(text), out);
    }

    /// What takes the place of a colon, or a bracket, that would be a command of GitHub's workflows (`::error …`, `##[error]`).
    const COLON: &'static str;
    /// See [`Output::COLON`].
    const BRACKET: &'static str;
}

/// Text of the output `O`.
///
/// There is no way to put a string into it but one that escapes it: `text!`, or a function that is named after what it makes of
/// the string. What has not been through one can't be printed, since [`Document`](super::Document)s are made of nothing else:
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

/// What can be put into a text of the output `O`.
pub trait Put<O> {
    /// Puts it there, escaped if it comes from elsewhere.
    fn put(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

/// For [`text!`](crate::text::text) alone.
#[doc(hidden)]
pub struct Putting<'a, O, T: ?Sized>(pub &'a T, pub PhantomData<O>);

impl<O, T: Put<O> + ?Sized> fmt::Display for Putting<'_, O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.put(f)
    }
}

/// Makes a [`Text`] of a literal with `{}` for what is put into it. The literal is taken as it is, everything else is escaped; names
/// within braces don't compile.
macro_rules! text {
    ($format:literal $(, $value:expr)* $(,)?) => {
        $crate::text::Text::of(|output| {
            ::std::format_args!(::std::concat!($format) $(, $crate::text::Putting(&$value, output))*).to_string()
        })
    };
}
pub(crate) use text;

impl<O: Output> Text<O> {
    /// For [`text!`](crate::text::text) alone.
    #[doc(hidden)]
    pub fn of(make: impl FnOnce(PhantomData<O>) -> String) -> Self {
        Self::raw(make(PhantomData))
    }

    /// Text that is in the output's syntax already.
    pub(super) fn raw(text: String) -> Self {
        Self {
            text,
            output: PhantomData,
        }
    }

    /// Nothing yet.
    pub fn new() -> Self {
        Self::raw(String::new())
    }

    /// Text of confinix's own.
    pub fn own(text: &'static str) -> Self {
        Self::raw(text.to_owned())
    }

    /// Text from elsewhere in several lines, which stay lines.
    pub fn lines(foreign: &str) -> Self {
        let lines: Vec<_> = foreign
            .split('\n')
            .map(|line| line.strip_suffix('\r').unwrap_or(line))
            .map(escaped::<O>)
            .collect();
        Self::raw(lines.join("\n"))
    }

    /// Adds text of the same output.
    pub fn push(&mut self, more: Self) {
        if self.text.is_empty() {
            self.text = more.text;
        } else {
            self.text.push_str(&more.text);
        }
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// How many characters it has.
    pub fn width(&self) -> usize {
        self.text.chars().count()
    }

    /// Without white space at the end.
    #[must_use]
    pub fn trimmed_end(mut self) -> Self {
        self.text.truncate(self.text.trim_end().len());
        self
    }

    /// One after another, with `separator` between them.
    pub fn join(parts: impl IntoIterator<Item = Self>, separator: &'static str) -> Self {
        let parts: Vec<_> = parts.into_iter().map(|part| part.text).collect();
        Self::raw(parts.join(separator))
    }

    /// The text, in the output's syntax.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The finished text, in which no line is a command of a workflow that prints it.
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

/// Text in which no `##[…`, `##vso[…` or `##teamcity[…` is left, which CI servers read as commands.
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
        // Of "###[", the last two count.
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

/// Text from elsewhere as the output writes it.
pub(super) fn escaped<O: Output>(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    O::write(text, &mut out);
    out
}

/// Text without unsafe characters, in one line, and not longer than people can read.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let (text, more) = if text.len() > MAX_SHOWN {
        match text.char_indices().nth(MAX_SHOWN) {
            Some((end, _)) => (&text[..end], text[end..].chars().count()),
            None => (text, 0),
        }
    } else {
        (text, 0)
    };
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

/// Types whose [`Display`](fmt::Display) form is text from elsewhere.
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

/// Types whose [`Display`](fmt::Display) form is a number.
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
