//! What changes between two bundles, or those of several hosts, as a page.

use std::cmp::Reverse;

use super::parts;
use crate::diff::ServiceDiff;
use crate::output::Compared;
use crate::output::diff::{Alike, Fate};
use crate::output::human::count;
use crate::output::human::diff::{self as words, Row};
use crate::text::{Html, Terminal, Text, text};

/// Rows that a page shows: first the services that come or go, then those that restart. Nobody reads more, and a page of 1,000 hosts must
/// not become too large.
const MAX_ROWS: usize = 2000;

/// Lines of a change that are shown.
const MAX_LINES: usize = 60;

/// A table of services, each with its changes folded away.
pub fn changes(compared: &Compared) -> Text<Html> {
    let mut text = parts::head("confinix diff", "");
    text.push(text!(
        "<header>\n<h1>confinix diff</h1>\n<p>{}.</p>\n</header>\n<main>\n",
        Text::prose(&words::headline(compared.diff))
    ));
    text.push(parts::failed("Not compared", compared.failed));
    if compared.diff.is_empty() {
        text.push(Text::own("<p>No changes.</p>\n"));
    } else {
        text.push(table(compared));
    }
    text.push(parts::end(&Text::own("{}"), &[]));
    text
}

fn table(compared: &Compared) -> Text<Html> {
    let diff = compared.diff;
    let (added, removed) = (compared.whole(&diff.added), compared.whole(&diff.removed));
    let mut changed = compared.changed();
    changed.sort_by_key(|alike| Reverse(alike.of.restart.is_some()));
    let all = added.len() + removed.len() + changed.len();
    let added = added.iter().map(|alike| Row::whole(Fate::Added, alike));
    let removed = removed.iter().map(|alike| Row::whole(Fate::Removed, alike));
    let whole = added.chain(removed).map(|row| line(&row, &Text::new()));
    let changed = changed
        .iter()
        .map(|alike| line(&Row::changed(alike), &details(alike, compared.rebuilds)));
    let mut text = Text::own("<section id=\"changes\">\n<h2>Changes</h2>\n");
    let columns = [
        ("Services", false),
        ("Change", false),
        ("Paths", true),
        ("Size", true),
        ("Growth", true),
    ];
    text.push(parts::table("changes", "Changes", &columns));
    text.push(whole.chain(changed).take(MAX_ROWS).collect());
    text.push(Text::own(parts::TABLE_END));
    let more = all.saturating_sub(MAX_ROWS);
    if more > 0 {
        text.push(text!(
            "<p>{} in the other formats.</p>\n",
            count(more, "more change")
        ));
    }
    text.push(Text::own("</section>\n"));
    text
}

fn line(row: &Row, details: &Text<Html>) -> Text<Html> {
    text!(
        "<tr><th scope=\"row\">{}</th><td>{}{}</td>{}{}<td class=\"number\" data-sort=\"{}\">{}</td></tr>\n",
        row.label,
        row.what,
        details,
        parts::number(row.extent.paths, ""),
        parts::size(row.extent.size),
        row.growth,
        words::grown(row.growth)
    )
}

fn details(alike: &Alike<ServiceDiff>, rebuilds: bool) -> Text<Html> {
    let change = alike.of;
    let mut lines = words::lines_with_rebuilt(change, rebuilds);
    let more = lines.len().saturating_sub(MAX_LINES);
    lines.truncate(MAX_LINES);
    if more > 0 {
        lines.push(format!("  {}", count(more, "more line")));
    }
    let lines: Vec<_> = lines.iter().map(|line| text!("{}", *line)).collect();
    let lines = Text::<Terminal>::join(lines, "\n");
    text!(
        "<details><summary>{}</summary><pre>{}</pre></details>",
        words::extents(&change.before, &change.after),
        Text::html_lines(&lines)
    )
}
