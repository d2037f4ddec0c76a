//! Installations, for people.

use similar::TextDiff;

use super::{Style, count};
use crate::install::{Change, Changes, Command, Done, Goal, Manifest, Place, Preview, Turn, Why};
use crate::status::utc;
use crate::text::{Terminal, Text, bytes, shell_operands, shell_word, text};

/// How many unchanged lines surround a change.
const AROUND: usize = 3;

/// What was done in a place, and what the user has to do now.
pub fn done(done: &Done, place: &Place, style: Style) -> Text<Terminal> {
    let mut text = Text::new();
    text.push(earlier(done.earlier));
    let numbers = numbers(&done.changes);
    text.push(match done.now {
        Goal::Generation(number) if done.changes.is_empty() => {
            text!(
                "generation {} is installed: no file had to change\n",
                number
            )
        }
        Goal::Generation(number) => {
            text!("generation {} is installed: {}\n", number, numbers)
        }
        Goal::Nothing => text!("nothing is installed any more: {}\n", numbers),
    });
    let lead = "Nothing was started or stopped. Next:";
    text.push(commands(lead, &done.commands, place, style));
    text
}

/// What would be done: the difference of each file, and the commands.
pub fn preview(preview: &Preview, place: &Place, style: Style) -> Text<Terminal> {
    let mut text = Text::new();
    if preview.is_interrupted {
        text.push(Text::own(
            "An earlier run was interrupted. Installing finishes it first.\n",
        ));
    }
    for (path, change) in &preview.changes {
        text.push(difference(path, change, style));
    }
    let numbers = numbers(&preview.changes);
    text.push(if preview.changes.is_empty() {
        Text::own("no file would change\n")
    } else {
        text!("would change: {}\n", numbers)
    });
    let lead = "Commands that would remain:";
    text.push(commands(lead, &preview.commands, place, style));
    text
}

/// All generations, the newest first.
pub fn generations(all: &[(u64, Manifest)], current: Option<u64>, style: Style) -> Text<Terminal> {
    let mut text = Text::new();
    for (number, manifest) in all.iter().rev() {
        let line = text!(
            "{}  {}  {} of {}",
            number,
            utc(manifest.made),
            count(manifest.files.len(), "file"),
            manifest.target
        );
        text.push(if Some(*number) == current {
            text!("{} (current)\n", style.bold(line))
        } else {
            text!("{}\n", line)
        });
    }
    text
}

fn earlier(turn: Option<Turn>) -> Text<Terminal> {
    match turn {
        None => Text::new(),
        Some(Turn::Finished(Goal::Generation(number))) => text!(
            "An earlier run was interrupted while it installed generation {}: finished it first.\n",
            number
        ),
        Some(Turn::Finished(Goal::Nothing)) => Text::own(
            "An earlier run was interrupted while it removed everything: finished it first.\n",
        ),
        Some(Turn::Undone(Goal::Generation(number))) => text!(
            "An earlier run was interrupted while it installed generation {}: undid it.\n",
            number
        ),
        Some(Turn::Undone(Goal::Nothing)) => {
            Text::own("An earlier run was interrupted while it removed everything: undid it.\n")
        }
    }
}

fn numbers(changes: &Changes) -> String {
    let of = |is: fn(&Change) -> bool| changes.values().filter(|change| is(change)).count();
    format!(
        "{} new, {} changed, {} removed",
        count(of(|change| change.old.is_none()), "file"),
        of(|change| change.old.is_some() && change.new.is_some()),
        of(|change| change.new.is_none())
    )
}

fn commands(lead: &str, commands: &[Command], place: &Place, style: Style) -> Text<Terminal> {
    let mut text = Text::new();
    if commands.is_empty() {
        return text;
    }
    text.push(text!("{}\n", lead));
    let mut program = place.systemctl().to_owned();
    if !place.is_this_machine() {
        let root = shell_word(&place.root().to_string_lossy());
        program.extend([" --root=", &root]);
    }
    for command in commands {
        let units = shell_operands(command.units.iter().map(String::as_str));
        let line = text!("{} {} {}", program, command.verb, units);
        text.push(text!("  {}  # {}\n", style.bold(line), why(command)));
    }
    if place.is_this_machine() && !place.has_manager() {
        let line = style.bold(Text::own("systemctl --user daemon-reload"));
        text.push(text!("  {}  # as each user who is logged in\n", line));
    }
    text
}

fn why(command: &Command) -> &'static str {
    match command.why {
        Why::New => "new",
        Why::NewAlone => "new, and nothing starts it",
        Why::EnabledOtherwise => "[Install] has changed",
        Why::SocketChanged => "its socket is restarted next",
        Why::Changed => "still runs as before",
        Why::ChangedReload => "still runs as before (reloadIfChanged)",
        Why::ChangedLater => {
            "still runs as before; restart it when it suits (restartIfChanged = false)"
        }
        Why::Removed => "still runs, without its unit",
        Why::RemovedEnabled => "links to it are left",
    }
}

/// The difference of a file, as diff(1) prints it.
fn difference(path: &str, change: &Change, style: Style) -> Text<Terminal> {
    let side = |content: &Option<Vec<u8>>, prefix: &str| match content {
        Some(_) => format!("{prefix}/{path}"),
        None => "/dev/null".to_owned(),
    };
    let (old, new) = (side(&change.old, "a"), side(&change.new, "b"));
    let as_text = |content: &Option<Vec<u8>>| match content {
        Some(content) => String::from_utf8(content.clone()).ok(),
        None => Some(String::new()),
    };
    let (Some(before), Some(after)) = (as_text(&change.old), as_text(&change.new)) else {
        let size = |content: &Option<Vec<u8>>| content.as_ref().map_or(0, Vec::len) as u64;
        return text!(
            "{}\n",
            style.bold(text!(
                "binary file {}: {} before, {} after",
                path,
                bytes(size(&change.old)),
                bytes(size(&change.new))
            ))
        );
    };
    let mut text = Text::new();
    text.push(text!("{}\n", style.bold(text!("--- {}", old))));
    text.push(text!("{}\n", style.bold(text!("+++ {}", new))));
    let diff = TextDiff::from_lines(&before, &after);
    for hunk in diff.unified_diff().context_radius(AROUND).iter_hunks() {
        text.push(text!("{}\n", hunk.header().to_string()));
        for line in hunk.iter_changes() {
            let content = text!(
                "{}{}",
                line.tag().to_string(),
                line.value().trim_end_matches('\n')
            );
            let content = match line.tag() {
                similar::ChangeTag::Delete => style.red(content),
                similar::ChangeTag::Insert => style.green(content),
                similar::ChangeTag::Equal => content,
            };
            text.push(text!("{}\n", content));
            if line.missing_newline() {
                text.push(Text::own("\\ No newline at end of file\n"));
            }
        }
    }
    text
}
