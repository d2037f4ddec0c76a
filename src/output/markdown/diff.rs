//! What changes between two bundles.

use crate::diff::ServiceDiff;
use crate::output::Compared;
use crate::output::human::count;
use crate::output::human::diff as words;
use crate::text::bytes;
use crate::text::{Markdown, Terminal, Text, text};

/// A table of services, then the changes of each, folded.
pub fn diff(&Compared { diff, rebuilds }: &Compared) -> Text<Markdown> {
    let mut text = text!("**confinix diff**: {}\n", words::headline(diff));
    if diff.is_empty() {
        return text;
    }
    text.push(Text::own(
        "\n| service | change | paths | size | growth |\n| --- | --- | ---: | ---: | ---: |\n",
    ));
    for (what, services) in [("added", &diff.added), ("removed", &diff.removed)] {
        for (name, extent) in services {
            let size = extent.size.cast_signed();
            let growth = if what == "added" { size } else { -size };
            text.push(text!(
                "| {} | {} | {} | {} | {} |\n",
                Text::code(name.as_str()),
                what,
                extent.paths,
                bytes(extent.size),
                words::grown(growth)
            ));
        }
    }
    for change in &diff.changed {
        text.push(text!(
            "| {} | {} | {} | {} | {} |\n",
            Text::code(change.name.as_str()),
            words::consequence(change),
            change.after.paths,
            bytes(change.after.size),
            words::grown(change.after.size.cast_signed() - change.before.size.cast_signed()),
        ));
    }
    for change in &diff.changed {
        text.push(details(change, rebuilds));
    }
    text
}

fn details(change: &ServiceDiff, rebuilds: bool) -> Text<Markdown> {
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
        Text::summary(change.name.as_str()),
        Text::summary(&words::extents(&change.before, &change.after)),
        Text::block("diff", &lines)
    )
}
