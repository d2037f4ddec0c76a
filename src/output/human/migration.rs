//! A migration for people.

use std::fmt::Display;

use super::{Style, count};
use crate::migrate::{Decision, Fate, Gain, Migrated, Migration, Span};
use crate::output::table::Table;
use crate::service::UnitName;
use crate::text::{Terminal, Text, text};

/// What each confined service gains, which services stay out and why, what people have to look at, and the file.
pub fn migration(migration: &Migration, style: Style) -> Text<Terminal> {
    let mut text = Text::new();
    if migration.confined() > 0 {
        text.push(table(migration));
        text.push(Text::own("\n"));
    }
    let out = migration
        .services
        .iter()
        .filter_map(|(name, service)| match &service.decision {
            Decision::Out { reason, .. } => Some((name, reason)),
            Decision::Confined { .. } => None,
        });
    for (name, reason) in out {
        let word = style.bold(Text::own("stays out"));
        text.push(text!("{}: {}: {}\n", name, word, reason));
    }
    for (name, service) in &migration.services {
        text.push(attention(name, service, style));
    }
    for name in &migration.gone {
        text.push(text!(
            "{}: does not exist any more; its block is removed\n",
            name
        ));
    }
    for (name, told) in &migration.unneeded {
        text.push(text!("{}: {}\n", name, told));
    }
    if let Some(unknown) = &migration.unknown {
        text.push(text!("exposure is not known: {}\n", unknown));
    }
    let stay = migration.services.len() - migration.confined();
    text.push(text!(
        "{}: {} confined, {} not; {}\n",
        migration.file.display(),
        count(migration.confined(), "service"),
        stay,
        if migration.is_changed {
            "changed"
        } else {
            "unchanged"
        }
    ));
    text
}

fn table(migration: &Migration) -> Text<Terminal> {
    let mut table = Table::new(
        [
            "SERVICE",
            "CHANGES",
            "STORE PATHS",
            "EXECUTABLES",
            "EXPOSURE",
        ],
        [false, true, true, true, true],
    );
    for (name, service) in &migration.services {
        let Decision::Confined { entries, .. } = &service.decision else {
            continue;
        };
        let Gain {
            paths,
            executables,
            exposure,
        } = service.gain.unwrap_or_default();
        table.row([
            text!("{}", name.stem()),
            text!("{}", entries.len()),
            text!("{}", span(paths)),
            text!("{}", span(executables)),
            text!("{}", span(exposure)),
        ]);
    }
    table.render()
}

fn span<T: Display>(span: Option<Span<T>>) -> String {
    span.map_or_else(
        || "-".to_owned(),
        |span| format!("{} -> {}", span.before, span.after),
    )
}

/// What people have to look at: findings that nothing fixes, and what would be written if they had not edited.
fn attention(name: &UnitName, service: &Migrated, style: Style) -> Text<Terminal> {
    let mut text = Text::new();
    if let Decision::Confined { unresolved, .. } = &service.decision {
        for told in unresolved {
            let word = style.yellow(Text::own("may not work"));
            text.push(text!("{}: {}: {}\n", name, word, told));
        }
    }
    let (kept, lines) = match &service.fate {
        Fate::Edited(lines) => ("its block was edited, and stays as it is".to_owned(), lines),
        Fate::Elsewhere(place, lines) => (format!("configured in {place}"), lines),
        Fate::New | Fate::Replaced | Fate::Same => return text,
    };
    match lines {
        Some(lines) => {
            text.push(text!("{}: {}; confinix would write\n", name, kept));
            for line in lines {
                text.push(text!("  {}\n", line));
            }
        }
        None => text.push(text!("{}: {}\n", name, kept)),
    }
    text
}
