//! The outputs of confinix, each with its escaping.

use super::written::{Output, escaped};
use super::{Text, toml_string};

/// A terminal, a log, or a file that may be shown on a terminal: no control characters.
pub struct Terminal;

impl Output for Terminal {
    fn escape(text: &str, out: &mut String) {
        out.push_str(text);
    }
    const COLON: &'static str = r"\x3a";
    const BRACKET: &'static str = r"\x5b";
}

/// The text format of Prometheus: in the value of a label.
pub struct Metrics;

impl Output for Metrics {
    fn escape(text: &str, out: &mut String) {
        out.push_str(&text.replace('\\', r"\\").replace('"', r#"\""#));
    }
    const COLON: &'static str = ":";
    const BRACKET: &'static str = "[";
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
    // Not every reader of JUnit's XML supports numeric references.
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

/// The data of a GitHub workflow command.
pub struct Workflow;

impl Output for Workflow {
    fn escape(text: &str, out: &mut String) {
        out.push_str(&text.replace('%', "%25"));
    }
    // The output's own lines start with a command.
    const COLON: &'static str = ":";
    const BRACKET: &'static str = "%5B";
}

impl Text<Workflow> {
    /// Formats untrusted text as the value of a command's property.
    pub fn property(text: &str) -> Self {
        Self::raw(
            escaped::<Workflow>(text)
                .replace(':', "%3A")
                .replace(',', "%2C"),
        )
    }

    /// Formats several lines as the data of a command, which is one line.
    pub fn data(lines: &Text<Terminal>) -> Self {
        Self::raw(lines.as_str().replace('%', "%25").replace('\n', "%0A"))
    }
}

impl Text<Html> {
    /// Formats a sentence for an element. What it has between backquotes is code.
    pub fn prose(sentence: &str) -> Self {
        let escaped = escaped::<Html>(sentence);
        let mut out = String::with_capacity(escaped.len());
        let mut rest = escaped.as_str();
        while let Some((before, after)) = rest.split_once('`') {
            let Some((code, after)) = after.split_once('`') else {
                break;
            };
            out.extend([before, "<code>", code, "</code>"]);
            rest = after;
        }
        out.push_str(rest);
        Self::raw(out)
    }

    /// Formats lines for an element.
    pub fn html_lines(lines: &Text<Terminal>) -> Self {
        let mut out = String::new();
        markup(lines.as_str(), &mut out);
        Self::raw(out)
    }
}

impl Text<Xml> {
    /// Formats lines for an element.
    pub fn xml_lines(lines: &Text<Terminal>) -> Self {
        let mut out = String::new();
        markup(lines.as_str(), &mut out);
        Self::raw(out)
    }
}

impl Text<Terminal> {
    /// Adds the ECMA-48 escape sequence `code`, if any, which selects the style.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_words_of_a_sentence_are_code() {
        for (sentence, html) in [
            ("no policy", "no policy"),
            (
                "(`confinix init` writes one, `a<b` too)",
                "(<code>confinix init</code> writes one, <code>a&lt;b</code> too)",
            ),
            ("it`s <b>", "it`s &lt;b&gt;"),
        ] {
            assert_eq!(Text::prose(sentence).as_str(), html);
        }
    }
}
