//! What changes between two bundles, or those of several hosts, as a page.

use std::cmp::Reverse;

use super::{SCRIPT, head};
use crate::diff::{Extent, ServiceDiff};
use crate::output::Compared;
use crate::output::diff::Alike;
use crate::output::human::count;
use crate::output::human::diff as words;
use crate::text::bytes;
use crate::text::{Html, Terminal, Text, text};

/// Changes that a page shows, the ones with a restart first: nobody reads more, and a page of 1,000 hosts must not become too large.
const MAX_CHANGES: usize = 2000;

/// Lines of a change that are shown.
const MAX_LINES: usize = 60;

/// A table of services, each with its changes folded away.
pub fn changes(compared: &Compared) -> Text<Html> {
    let mut text = head("confinix diff");
    text.push(text!(
        "<header>\n<h1>confinix diff</h1>\n<p>{}.</p>\n</header>\n<main>\n",
        words::headline(compared.diff)
    ));
    if !compared.failed.is_empty() {
        text.push(Text::own("<h2>Not compared</h2>\n<ul>\n"));
        for host in compared.failed {
            text.push(text!(
                "<li><b>{}</b> <span class=\"chain\">{}</span></li>\n",
                host.name,
                host.reason()
            ));
        }
        text.push(Text::own("</ul>\n"));
    }
    if compared.diff.is_empty() {
        text.push(Text::own("<p>No changes.</p>\n"));
    } else {
        text.push(table(compared));
    }
    text.push(text!(
        "</main>\n<script type=\"application/json\" id=\"data\">{}</script>\n<script>\n{}</script>\n</body>\n</html>\n",
        Text::own("{}"),
        Text::own(SCRIPT)
    ));
    text
}

fn table(compared: &Compared) -> Text<Html> {
    let mut rows = Vec::new();
    for (what, services) in [
        ("added", &compared.diff.added),
        ("removed", &compared.diff.removed),
    ] {
        for alike in compared.whole(services) {
            let size = alike.of.size.cast_signed();
            let growth = if what == "added" { size } else { -size };
            rows.push(row(&alike.label, what, alike.of, growth, &Text::new()));
        }
    }
    let mut changed = compared.changed();
    changed.sort_by_key(|alike| Reverse(alike.of.restart.is_some()));
    let room = MAX_CHANGES.saturating_sub(rows.len());
    let more = rows.len().saturating_sub(MAX_CHANGES) + changed.len().saturating_sub(room);
    rows.truncate(MAX_CHANGES);
    rows.extend(changed.iter().take(room).map(|alike| {
        let change = alike.of;
        let growth = change.after.size.cast_signed() - change.before.size.cast_signed();
        let what = words::consequence(change);
        row(
            &alike.label,
            &what,
            &change.after,
            growth,
            &details(alike, compared.rebuilds),
        )
    }));
    let mut text = Text::own(
        "<section id=\"changes\">\n<h2>Changes</h2>\n\
         <div class=\"tools\" hidden><label>Filter <input type=\"search\" data-filter=\"changes-table\"></label></div>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Changes\">\n<table id=\"changes-table\" class=\"sortable\">\n\
         <thead><tr><th scope=\"col\">Services</th><th scope=\"col\">Change</th><th scope=\"col\" class=\"number\">Paths</th>\
         <th scope=\"col\" class=\"number\">Size</th><th scope=\"col\" class=\"number\">Growth</th></tr></thead>\n<tbody>\n",
    );
    text.push(rows.into_iter().collect());
    text.push(Text::own("</tbody>\n</table>\n</div>\n"));
    if more > 0 {
        text.push(text!(
            "<p>{} in the other formats.</p>\n",
            count(more, "more change")
        ));
    }
    text.push(Text::own("</section>\n"));
    text
}

fn row(label: &str, what: &str, extent: &Extent, growth: i64, details: &Text<Html>) -> Text<Html> {
    text!(
        "<tr><th scope=\"row\">{}</th><td>{}{}</td><td class=\"number\" data-sort=\"{}\">{}</td>\
         <td class=\"number\" data-sort=\"{}\">{}</td><td class=\"number\" data-sort=\"{}\">{}</td></tr>\n",
        label,
        what,
        details,
        extent.paths,
        extent.paths,
        extent.size,
        bytes(extent.size),
        growth,
        words::grown(growth)
    )
}

fn details(alike: &Alike<ServiceDiff>, rebuilds: bool) -> Text<Html> {
    let change = alike.of;
    let mut lines: Vec<String> = Vec::new();
    let packages = change.packages.iter();
    for package in packages.filter(|package| rebuilds || !package.is_rebuilt()) {
        let growth = words::growth_in_brackets(package.growth);
        lines.push(format!(
            "{} {}{growth}",
            words::sign(package),
            words::step(package)
        ));
    }
    lines.extend(change.settings.iter().flat_map(words::assignments));
    let rebuilt = words::rebuilt(change);
    if rebuilt > 0 && !rebuilds {
        lines.push(format!("  {} only rebuilt", count(rebuilt, "package")));
    }
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
