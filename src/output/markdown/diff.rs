//! What changes between two bundles.

use crate::diff::{Extent, ServiceDiff};
use crate::output::Compared;
use crate::output::diff::Alike;
use crate::output::human::count;
use crate::output::human::diff as words;
use crate::text::bytes;
use crate::text::{Markdown, Terminal, Text, text};

/// The most characters of a comment that GitHub accepts.
const MAX_COMMENT: usize = 65_536;

/// What is left for the last sentence, and for what GitHub's workflow commands need escaped.
const RESERVE: usize = 536;

/// A table of services, then the changes of each, folded. What would make it too long for a comment is left out, and counted.
pub fn diff(compared: &Compared) -> Text<Markdown> {
    let &Compared { diff, rebuilds, .. } = compared;
    let mut comment = Comment::new(text!("**confinix diff**: {}\n", words::headline(diff)));
    for host in compared.failed {
        comment.add(text!(
            "\n❌ {} failed, and was not compared\n",
            Text::code(&host.name)
        ));
    }
    if comment.left_out > 0 {
        let failed = count(comment.left_out, "more host");
        comment.text.push(text!("\n❌ {} failed\n", failed));
        return comment.text;
    }
    if diff.is_empty() {
        return comment.text;
    }
    comment.add(Text::own(
        "\n| service | change | paths | size | growth |\n| --- | --- | ---: | ---: | ---: |\n",
    ));
    for (what, services) in [("added", &diff.added), ("removed", &diff.removed)] {
        for alike in compared.whole(services) {
            let size = alike.of.size.cast_signed();
            let growth = if what == "added" { size } else { -size };
            comment.add(row(&alike.label, what, alike.of, growth));
        }
    }
    let changed = compared.changed();
    for alike in &changed {
        let change = alike.of;
        comment.add(row(
            &alike.label,
            &words::consequence(change),
            &change.after,
            change.after.size.cast_signed() - change.before.size.cast_signed(),
        ));
    }
    let rows = std::mem::take(&mut comment.left_out);
    for alike in &changed {
        comment.add(details(alike, rebuilds));
    }
    comment.end(rows)
}

fn row(label: &str, what: &str, extent: &Extent, growth: i64) -> Text<Markdown> {
    text!(
        "| {} | {} | {} | {} | {} |\n",
        Text::code(label),
        what,
        extent.paths,
        bytes(extent.size),
        words::grown(growth)
    )
}

/// A comment that does not become too long.
struct Comment {
    text: Text<Markdown>,
    /// In characters.
    length: usize,
    /// How many parts did not fit.
    left_out: usize,
}

impl Comment {
    fn new(text: Text<Markdown>) -> Self {
        Self {
            length: text.width(),
            text,
            left_out: 0,
        }
    }

    /// Adds a part if it fits as a whole.
    fn add(&mut self, part: Text<Markdown>) {
        let length = self.length + part.width();
        if length > MAX_COMMENT - RESERVE {
            self.left_out += 1;
            return;
        }
        self.length = length;
        self.text.push(part);
    }

    /// The comment, with a sentence about the rows and the details that it leaves out.
    fn end(mut self, rows: usize) -> Text<Markdown> {
        let left_out = match (rows, self.left_out) {
            (0, 0) => return self.text,
            (0, details) => format!("the details of {}", count(details, "change")),
            (rows, details) => format!("{} and the details of {details}", count(rows, "change")),
        };
        self.text.push(text!(
            "\nThis comment leaves out {}, because GitHub accepts {} characters. The other formats have all of them.\n",
            left_out,
            MAX_COMMENT
        ));
        self.text
    }
}

fn details(alike: &Alike<ServiceDiff>, rebuilds: bool) -> Text<Markdown> {
    let change = alike.of;
    let mut lines = Text::<Terminal>::new();
    for package in change
        .packages
        .iter()
        .filter(|package| rebuilds || !package.is_rebuilt())
    {
        lines.push(text!(
            "{} {}{}\n",
            words::sign(package),
            words::step(package),
            words::growth_in_brackets(package.growth)
        ));
    }
    for setting in &change.settings {
        for line in words::assignments(setting) {
            lines.push(text!("{}\n", line));
        }
    }
    let rebuilt = words::rebuilt(change);
    if rebuilt > 0 && !rebuilds {
        lines.push(text!("  {} only rebuilt\n", count(rebuilt, "package")));
    }
    text!(
        "\n<details><summary>{}: {}</summary>\n\n{}\n</details>\n",
        Text::summary(&alike.label),
        Text::summary(&words::extents(&change.before, &change.after)),
        Text::block("diff", &lines)
    )
}
