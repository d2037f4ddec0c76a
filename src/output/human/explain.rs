//! The explanation of codes.

use super::{Style, Table};
use crate::audit::{Rule, rule};
use crate::output::Explained;
use crate::text::{Terminal, Text, text};

/// Every code with its level and summary, or the full explanation of one.
pub fn explain(explained: &Explained, style: Style) -> Text<Terminal> {
    match explained.code {
        Some(code) => explanation(rule(code), style),
        None => codes(explained),
    }
}

fn codes(explained: &Explained) -> Text<Terminal> {
    let mut table = Table::new(["CODE", "LEVEL", "WHAT IT FINDS"], [false; 3]);
    for code in explained.codes() {
        table.row([
            Text::own(code.as_str()),
            text!("{}", code.level()),
            Text::own(code.summary()),
        ]);
    }
    text!(
        "{}\n`confinix explain CODE` explains a code. Change levels with -A, -W and -D of `confinix audit`, or with [levels] in confinix.toml.\n",
        table.render()
    )
}

fn explanation(rule: &Rule, style: Style) -> Text<Terminal> {
    let explanation = &rule.explanation;
    let mut text = text!(
        "{} ({}): {}\n",
        style.bold(Text::own(rule.code.as_str())),
        rule.code.level(),
        rule.code.summary()
    );
    for (heading, paragraphs) in [
        ("What it means", explanation.what),
        ("Why it matters", explanation.why),
        ("Example", explanation.example),
        ("How to fix it", explanation.fix),
        ("How to allow it, in confinix.toml", explanation.allow),
    ] {
        text.push(text!("\n{}\n", style.bold(Text::own(heading))));
        for line in paragraphs.lines() {
            text.push(Text::lines(&wrapped(line)));
        }
    }
    text
}

const WIDTH: usize = 92;

/// A line, wrapped at spaces and indented. Code is not wrapped.
pub fn wrapped(line: &str) -> String {
    let is_code = line.starts_with('[') || line.split(' ').nth(1) == Some("=");
    if is_code || line.is_empty() {
        return format!("  {line}").trim_end().to_owned() + "\n";
    }
    let mut text = String::new();
    let mut column = 0;
    for word in line.split(' ') {
        let width = word.chars().count();
        if column == 0 {
            text.push_str("  ");
        } else if column + 1 + width > WIDTH {
            text.push_str("\n  ");
            column = 0;
        } else {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
    }
    text.push('\n');
    text
}
