//! Markdown.

use super::written::{Output, escaped, visible};
use super::{Html, Terminal, Text};

/// GitHub's Markdown, in a paragraph or in the cell of a table.
pub struct Markdown;

impl Output for Markdown {
    /// Turns words that could be syntax, a link, a mention or a reference into code, where these have no meaning.
    fn escape(text: &str, out: &mut String) {
        let mut odd: Vec<&str> = Vec::new();
        for (number, word) in text.split(' ').enumerate() {
            let is_prose = is_prose(word);
            if is_prose && !odd.is_empty() {
                push_odd(&odd.join(" "), out);
                odd.clear();
            }
            if number > 0 && odd.is_empty() {
                out.push(' ');
            }
            if is_prose {
                push_prose(word, out);
            } else {
                odd.push(word);
            }
        }
        push_odd(&odd.join(" "), out);
    }
    const COLON: &'static str = "&#58;";
    const BRACKET: &'static str = "&#91;";
}

impl Text<Markdown> {
    /// Formats untrusted text as code.
    pub fn code(text: &str) -> Self {
        Self::raw(code(&visible(text)))
    }

    /// Formats untrusted text for the summary of a `<details>` element.
    pub fn summary(text: &str) -> Self {
        Self::raw(format!("<code>{}</code>", escaped::<Html>(text)))
    }

    /// Formats lines as a block of code in the language `info`.
    pub fn block(info: &'static str, lines: &Text<Terminal>) -> Self {
        let lines = lines.as_str().trim_end_matches('\n');
        let fence = "`".repeat(longest_run(lines, '`').max(2) + 1);
        Self::raw(format!("{fence}{info}\n{lines}\n{fence}\n"))
    }
}

/// Formats odd words as code, without the punctuation around them. Words in backquotes already are code.
fn push_odd(words: &str, out: &mut String) {
    let inner = words.trim_start_matches('(');
    out.push_str(&words[..words.len() - inner.len()]);
    let core = inner.trim_end_matches([',', '.', ';', ':', ')']);
    let unquoted = core
        .strip_prefix('`')
        .and_then(|core| core.strip_suffix('`'))
        .filter(|core| !core.contains('`') && !core.trim().is_empty());
    out.push_str(&code(unquoted.unwrap_or(core)));
    out.push_str(&inner[core.len()..]);
}

fn push_prose(word: &str, out: &mut String) {
    for c in word.chars() {
        if "[]".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
}

/// Returns whether a word, apart from brackets, has no special meaning in Markdown or to GitHub.
fn is_prose(text: &str) -> bool {
    let has_mark = text.contains(|c| "`*_<>|~&$@#\\!^".contains(c));
    let has_link = text.contains("://") || text.to_ascii_lowercase().contains("www.");
    let is_commit = |word: &str| word.len() >= 7 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let has_reference = text
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| is_commit(word) || word.eq_ignore_ascii_case("gh"));
    let between_colons: Vec<_> = text.split(':').collect();
    let inner = between_colons.get(1..between_colons.len() - 1);
    let has_emoji = inner.unwrap_or_default().iter().any(|word| {
        !word.is_empty()
            && word
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"_+-".contains(&b))
    });
    !(has_mark || has_link || has_reference || has_emoji)
}

/// Formats text without unsafe characters as code. A bar would end the cell of a table.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    // A backslash before a bar would count as an escape of the bar or of the next backslash.
    let text = text.replace(r"\|", r"\u{7c}").replace('|', r"\|");
    let ticks = "`".repeat(longest_run(&text, '`') + 1);
    let is_at_edge = |c: char| c == '`' || c == ' ';
    let space = if text.starts_with(is_at_edge) || text.ends_with(is_at_edge) {
        " "
    } else {
        ""
    };
    format!("{ticks}{space}{text}{space}{ticks}")
}

fn longest_run(text: &str, of: char) -> usize {
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == of { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}
