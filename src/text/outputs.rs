//! The outputs that confinix writes text for, with the escape of each.

use super::written::{Output, escaped};
use super::{Text, toml_string};

/// A terminal, a log, or a file that is read with one: no control characters.
pub struct Terminal;

impl Output for Terminal {
    fn escape(text: &str, out: &mut String) {
        out.push_str(text);
    }
    const COLON: &'static str = r"\x3a";
    const BRACKET: &'static str = r"\x5b";
}

/// HTML: in an element or in a quoted attribute.
pub struct Html;

impl Output for Html {
    fn escape(text: &str, out: &mut String) {
        markup(text, out);
    }
    const COLON: &'static str = "&#58;";
    const BRACKET: &'static str = "&#91;";
}

/// XML 1.0: in an element or in a quoted attribute.
pub struct Xml;

impl Output for Xml {
    fn escape(text: &str, out: &mut String) {
        markup(text, out);
    }
    // Not every reader of JUnit's XML knows references by number.
    const COLON: &'static str = r"\x3a";
    const BRACKET: &'static str = r"\x5b";
}

fn markup(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c => out.push(c),
        }
    }
}

/// The data of a workflow command of GitHub.
pub struct Workflow;

impl Output for Workflow {
    fn escape(text: &str, out: &mut String) {
        out.push_str(&text.replace('%', "%25"));
    }
    // Its own lines begin with a command.
    const COLON: &'static str = ":";
    const BRACKET: &'static str = "%5B";
}

impl Text<Workflow> {
    /// Text from elsewhere as the value of a property of a command.
    pub fn property(text: &str) -> Self {
        Self::raw(
            escaped::<Workflow>(text)
                .replace(':', "%3A")
                .replace(',', "%2C"),
        )
    }

    /// Text in several lines as the data of a command, which is one line.
    pub fn data(lines: &Text<Terminal>) -> Self {
        Self::raw(lines.as_str().replace('%', "%25").replace('\n', "%0A"))
    }
}

impl Text<Html> {
    /// Lines as they are in an element.
    pub fn html_lines(lines: &Text<Terminal>) -> Self {
        let mut out = String::new();
        markup(lines.as_str(), &mut out);
        Self::raw(out)
    }
}

impl Text<Xml> {
    /// Lines as they are in an element.
    pub fn xml_lines(lines: &Text<Terminal>) -> Self {
        let mut out = String::new();
        markup(lines.as_str(), &mut out);
        Self::raw(out)
    }
}

impl Text<Terminal> {
    /// With an escape sequence of ECMA-48 that selects how it looks, if `code` is one.
    #[must_use]
    pub fn styled(self, code: Option<&'static str>) -> Self {
        match code {
            Some(code) => Self::raw(format!("\x1b[{code}m{}\x1b[0m", self.as_str())),
            None => self,
        }
    }
}

/// TOML: exact texts as strings or quoted keys.
pub struct Toml;

impl Output for Toml {
    fn escape(text: &str, out: &mut String) {
        out.push_str(&toml_string(text));
    }
    fn write(text: &str, out: &mut String) {
        Self::escape(text, out);
    }
    const COLON: &'static str = r"\u003a";
    const BRACKET: &'static str = r"\u005b";
}
