//! What changes between two bundles.

use crate::diff::ServiceDiff;
use crate::output::Compared;
use crate::output::diff::Alike;
use crate::output::human::count;
use crate::output::human::diff as words;
use crate::text::bytes;
use crate::text::{Markdown, Terminal, Text, text};

/// A table of services, then the changes of each, folded.
pub fn diff(compared: &Compared) -> Text<Markdown> {
    let &Compared { diff, rebuilds, .. } = compared;
    let mut text = text!("**confinix diff**: {}\n", words::headline(diff));
    for host in compared.failed {
        text.push(text!(
            "\n❌ {} failed, and was not compared\n",
            Text::code(&host.name)
        ));
    }
    if diff.is_empty() {
        return text;
    }
    text.push(Text::own(
        "\n| service | change | paths | size | growth |\n| --- | --- | ---: | ---: | ---: |\n",
    ));
    for (what, services) in [("added", &diff.added), ("removed", &diff.removed)] {
        for alike in compared.whole(services) {
            let extent = alike.of;
            let size = extent.size.cast_signed();
            let growth = if what == "added" { size } else { -size };
            text.push(text!(
                "| {} | {} | {} | {} | {} |\n",
                Text::code(&alike.label),
                what,
                extent.paths,
                bytes(extent.size),
                words::grown(growth)
            ));
        }
    }
    let changed = compared.changed();
    for alike in &changed {
        let change = alike.of;
        text.push(text!(
            "| {} | {} | {} | {} | {} |\n",
            Text::code(&alike.label),
            words::consequence(change),
            change.after.paths,
            bytes(change.after.size),
            words::grown(change.after.size.cast_signed() - change.before.size.cast_signed()),
        ));
    }
    for alike in &changed {
        text.push(details(alike, rebuilds));
    }
    text
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
