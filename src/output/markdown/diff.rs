//! What changes between two bundles.

use std::fmt::Write;

use super::{cell, code};
use crate::diff::{Diff, ServiceDiff};
use crate::output::human::count;
use crate::output::human::diff as words;
use crate::store::bytes;

/// A table of services, then what becomes of each, folded away.
pub fn diff(diff: &Diff, rebuilds: bool) -> String {
    let mut text = format!("**confinix diff**: {}\n", words::headline(diff));
    if diff.is_empty() {
        return text;
    }
    text.push_str("\n| service | what happens | paths | size | growth |\n| --- | --- | ---: | ---: | ---: |\n");
    for (what, services) in [("added", &diff.added), ("removed", &diff.removed)] {
        for (name, extent) in services {
            let size = extent.size.cast_signed();
            let growth = if what == "added" { size } else { -size };
            let _ = writeln!(
                text,
                "| {} | {what} | {} | {} | {} |",
                code(name.as_str()),
                extent.paths,
                bytes(extent.size),
                words::grown(growth)
            );
        }
    }
    for change in &diff.changed {
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            code(change.name.as_str()),
            cell(&words::consequence(change)),
            change.after.paths,
            bytes(change.after.size),
            words::grown(change.after.size.cast_signed() - change.before.size.cast_signed()),
        );
    }
    for change in &diff.changed {
        text.push_str(&details(change, rebuilds));
    }
    text
}

fn details(change: &ServiceDiff, rebuilds: bool) -> String {
    let mut lines = String::new();
    for package in change
        .packages
        .iter()
        .filter(|package| rebuilds || !package.is_rebuilt())
    {
        let _ = writeln!(
            lines,
            "{} {}{}",
            words::sign(package),
            words::step(package),
            words::growth_in_brackets(package.growth)
        );
    }
    for setting in &change.settings {
        for line in words::assignments(setting) {
            let _ = writeln!(lines, "{line}");
        }
    }
    let rebuilt = words::rebuilt(change);
    if rebuilt > 0 && !rebuilds {
        let _ = writeln!(lines, "  {} only rebuilt", count(rebuilt, "package"));
    }
    let fence = if lines.contains("```") { "~~~~" } else { "```" };
    format!(
        "\n<details><summary>{}: {}</summary>\n\n{fence}diff\n{lines}{fence}\n\n</details>\n",
        change.name,
        words::extents(&change.before, &change.after)
    )
}
