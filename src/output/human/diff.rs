//! What changes between two bundles.

use super::count;
use super::surface::sentence;
use crate::diff::{Diff, Extent, PackageChange, ServiceDiff, SettingChange, Step};
use crate::output::Compared;
use crate::output::diff::{Alike, Fate};
use crate::surface::Counted;
use crate::text::bytes;
use crate::text::{Terminal, Text, text};

/// The maximum number of packages listed as the cause of a restart.
const SHOWN_STARTS: usize = 3;

/// The services that differ, each with its changes. Packages that were only rebuilt are counted, or listed if `rebuilds` is set.
pub fn diff(compared: &Compared) -> Text<Terminal> {
    let &Compared { diff, rebuilds, .. } = compared;
    let mut text = text!("{}\n", headline(diff));
    for host in compared.failed {
        text.push(text!("failed, and not compared: {}\n", host.name));
    }
    if !diff.added.is_empty() || !diff.removed.is_empty() {
        text.push(Text::own("\n"));
    }
    for (sign, services) in [('+', &diff.added), ('-', &diff.removed)] {
        for alike in compared.whole(services) {
            text.push(text!("{} {}: {}\n", sign, alike.label, whole(alike.of)));
        }
    }
    for alike in compared.changed() {
        let change = service(alike.of, rebuilds);
        text.push(text!("\n{}: {}", alike.label, change));
    }
    text
}

/// A row of a table of services that differ.
pub struct Row<'a> {
    /// The services.
    pub label: &'a str,
    /// What becomes of them.
    pub what: String,
    /// Their closure and mounts, or the last ones.
    pub extent: &'a Extent,
    /// How many bytes their closure grows.
    pub growth: i64,
}

impl<'a> Row<'a> {
    /// The row of services that come, or go.
    pub fn whole(fate: Fate, alike: &'a Alike<Extent>) -> Self {
        let size = alike.of.size.cast_signed();
        Self {
            label: &alike.label,
            what: fate.name().to_owned(),
            extent: alike.of,
            growth: match fate {
                Fate::Added => size,
                Fate::Removed => -size,
            },
        }
    }

    /// The row of services that change.
    pub fn changed(alike: &'a Alike<ServiceDiff>) -> Self {
        let change = alike.of;
        Self {
            label: &alike.label,
            what: consequence(change),
            extent: &change.after,
            growth: change.after.size.cast_signed() - change.before.size.cast_signed(),
        }
    }
}

/// The numbers of added, removed, changed and unchanged services.
pub fn headline(diff: &Diff) -> String {
    let restarts = diff
        .changed
        .iter()
        .filter(|change| change.restart.is_some())
        .count();
    format!(
        "{} added, {} removed, {} changed ({restarts} to restart), {} unchanged",
        count(diff.added.len(), "service"),
        diff.removed.len(),
        diff.changed.len(),
        diff.unchanged
    )
}

fn whole(extent: &Extent) -> String {
    let surface = match extent.surface {
        Some(Counted(Some(surface))) => format!(", {}", sentence(&surface)),
        Some(Counted(None)) => ", surface unknown (files are not on this machine)".to_owned(),
        None => String::new(),
    };
    format!(
        "{}, {}{surface}",
        count(extent.paths, "store path"),
        bytes(extent.size)
    )
}

fn service(change: &ServiceDiff, rebuilds: bool) -> Text<Terminal> {
    let mut text = text!("{}\n", consequence(change));
    let (before, after) = (change.before, change.after);
    text.push(text!("  {}\n", extents(&before, &after)));
    for line in lines(change, rebuilds) {
        text.push(text!("  {}\n", line));
    }
    let rebuilt = rebuilt(change);
    if rebuilt > 0 && !rebuilds {
        text.push(text!(
            "  {} only rebuilt (--rebuilds lists them)\n",
            count(rebuilt, "package")
        ));
    }
    text
}

/// The changes of packages and settings, each in a line. `rebuilds`: also packages that were only rebuilt.
pub fn lines(change: &ServiceDiff, rebuilds: bool) -> Vec<String> {
    let packages = change.packages.iter();
    let packages = packages.filter(|package| rebuilds || !package.is_rebuilt());
    let packages = packages.map(|package| {
        let growth = growth_in_brackets(package.growth);
        format!("{} {}{growth}", sign(package), step(package))
    });
    let settings = change.settings.iter().flat_map(assignments);
    packages.chain(settings).collect()
}

/// The same in formats that can't name an option: packages that were only rebuilt are counted.
pub fn lines_with_rebuilt(change: &ServiceDiff, rebuilds: bool) -> Vec<String> {
    let mut lines = lines(change, rebuilds);
    let rebuilt = rebuilt(change);
    if rebuilt > 0 && !rebuilds {
        lines.push(format!("  {} only rebuilt", count(rebuilt, "package")));
    }
    lines
}

/// The number of a service's packages that were only rebuilt.
fn rebuilt(change: &ServiceDiff) -> usize {
    change
        .packages
        .iter()
        .filter(|package| package.is_rebuilt())
        .count()
}

/// Whether a service restarts, and why.
pub fn consequence(change: &ServiceDiff) -> String {
    let Some(restart) = &change.restart else {
        return "keeps running".to_owned();
    };
    if restart.starts.is_empty() {
        return if change.settings.is_empty() {
            "restarts: its closure shrinks".to_owned()
        } else {
            "restarts: its settings change".to_owned()
        };
    }
    let mut names: Vec<_> = restart
        .starts
        .iter()
        .map(|start| step(&start.change))
        .collect();
    names.dedup();
    let more = match names.len().saturating_sub(SHOWN_STARTS) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    names.truncate(SHOWN_STARTS);
    format!("restarts, because of {}{more}", names.join(", "))
}

/// Paths, size and mounts, before and after.
pub fn extents(before: &Extent, after: &Extent) -> String {
    let arrow = |from: String, to: String| {
        if from == to {
            from
        } else {
            format!("{from} → {to}")
        }
    };
    let growth = after.size.cast_signed() - before.size.cast_signed();
    let surface = match (before.surface, after.surface) {
        (Some(Counted(Some(before))), Some(Counted(Some(after)))) => format!(
            ", files {}, hidden {}, executables {}, interpreters {}, set-id {}, writable {}, code {}",
            arrow(before.files.to_string(), after.files.to_string()),
            arrow(before.hidden.to_string(), after.hidden.to_string()),
            arrow(
                before.executables.to_string(),
                after.executables.to_string()
            ),
            arrow(
                before.interpreters.to_string(),
                after.interpreters.to_string()
            ),
            arrow(before.set_id.to_string(), after.set_id.to_string()),
            arrow(before.writable.to_string(), after.writable.to_string()),
            arrow(bytes(before.code), bytes(after.code)),
        ),
        (Some(_), Some(_)) => ", surface unknown (files are not on this machine)".to_owned(),
        _ => String::new(),
    };
    format!(
        "paths {}, size {}{}, mounts {}{surface}",
        arrow(before.paths.to_string(), after.paths.to_string()),
        arrow(bytes(before.size), bytes(after.size)),
        growth_in_brackets(growth),
        arrow(before.mounts.to_string(), after.mounts.to_string()),
    )
}

/// `+`, `-`, `~` or, for packages that were only rebuilt, `=`.
fn sign(package: &PackageChange) -> char {
    match package.step {
        Step::Added { .. } => '+',
        Step::Removed { .. } => '-',
        Step::Changed { .. } => '~',
        Step::Rebuilt { .. } => '=',
    }
}

/// A package with its versions.
fn step(package: &PackageChange) -> String {
    let name = &package.name;
    match &package.step {
        Step::Added { to } => spaced(name, &versions(to)),
        Step::Removed { from } => spaced(name, &versions(from)),
        Step::Rebuilt { to } => format!("{} (rebuilt)", spaced(name, &versions(to))),
        Step::Changed { from, to } => {
            let word = |list: &[String]| match versions(list) {
                empty if empty.is_empty() => "no version".to_owned(),
                list => list,
            };
            format!("{name} {} → {}", word(from), word(to))
        }
    }
}

fn spaced(name: &str, versions: &str) -> String {
    format!("{name} {versions}").trim_end().to_owned()
}

fn versions(list: &[String]) -> String {
    let known: Vec<_> = list.iter().filter(|v| !v.is_empty()).cloned().collect();
    known.join(", ")
}

/// ` (+1.0 KiB)`, or nothing.
fn growth_in_brackets(growth: i64) -> String {
    match growth {
        0 => String::new(),
        growth => format!(" ({})", grown(growth)),
    }
}

/// A size difference with its sign.
pub fn grown(growth: i64) -> String {
    let sign = match growth {
        0 => "",
        1.. => "+",
        _ => "-",
    };
    format!("{sign}{}", bytes(growth.unsigned_abs()))
}

/// Removed and added assignments.
fn assignments(setting: &SettingChange) -> Vec<String> {
    let SettingChange { name, from, to } = setting;
    let gone = from.iter().filter(|value| !to.contains(value));
    let new = to.iter().filter(|value| !from.contains(value));
    let lines: Vec<_> = gone
        .map(|value| format!("- {name}={value}"))
        .chain(new.map(|value| format!("+ {name}={value}")))
        .collect();
    if lines.is_empty() {
        return vec![format!(
            "~ {name}: the same assignments in another order or number"
        )];
    }
    lines
}
