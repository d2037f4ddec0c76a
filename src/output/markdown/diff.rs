//! What changes between two bundles.

use crate::diff::ServiceDiff;
use crate::output::Compared;
use crate::output::diff::{Alike, Fate};
use crate::output::human::count;
use crate::output::human::diff::{self as words, Row};
use crate::text::bytes;
use crate::text::{Markdown, Terminal, Text, text};

/// The most characters of a comment that GitHub accepts.
const ACCEPTED: usize = 65_536;

/// The most characters that are written; the GitHub action adds a line.
const MAX_COMMENT: usize = ACCEPTED - 100;

/// What is left for the last sentence.
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
    for (fate, services) in [(Fate::Added, &diff.added), (Fate::Removed, &diff.removed)] {
        for alike in &compared.whole(services) {
            comment.add(line(&Row::whole(fate, alike)));
        }
    }
    let changed = compared.changed();
    for alike in &changed {
        comment.add(line(&Row::changed(alike)));
    }
    let rows = std::mem::take(&mut comment.left_out);
    for alike in &changed {
        comment.add(details(alike, rebuilds));
    }
    comment.end(rows)
}

fn line(row: &Row) -> Text<Markdown> {
    text!(
        "| {} | {} | {} | {} | {} |\n",
        Text::code(row.label),
        row.what,
        row.extent.paths,
        bytes(row.extent.size),
        words::grown(row.growth)
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
            length: text.finished_width(),
            text,
            left_out: 0,
        }
    }

    /// Adds a part, which is whole lines, if it fits.
    fn add(&mut self, part: Text<Markdown>) {
        let length = self.length + part.finished_width();
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
            (rows, 0) => count(rows, "change"),
            (rows, details) => format!("{} and the details of {details}", count(rows, "change")),
        };
        self.text.push(text!(
            "\nThis comment leaves out {}, because GitHub accepts {} characters. The other formats have all of them.\n",
            left_out,
            ACCEPTED
        ));
        self.text
    }
}

fn details(alike: &Alike<ServiceDiff>, rebuilds: bool) -> Text<Markdown> {
    let change = alike.of;
    let lines = words::lines_with_rebuilt(change, rebuilds).into_iter();
    let lines: Text<Terminal> = lines.map(|line| text!("{}\n", line)).collect();
    text!(
        "\n<details><summary>{}: {}</summary>\n\n{}\n</details>\n",
        Text::summary(&alike.label),
        Text::summary(&words::extents(&change.before, &change.after)),
        Text::block("diff", &lines)
    )
}
