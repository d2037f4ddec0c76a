//! What services can reach in their closures, counted.

use std::cmp::Reverse;

use crate::bundle::left_out_of;
use crate::output::contents::Contents;
use crate::output::table::Table;
use crate::service::UnitName;
use crate::surface::Surface;
use crate::text::bytes;
use crate::text::{Terminal, Text, text};

/// How many store paths of a service are listed.
const MAX_PATHS: usize = 15;

/// A line for each service, if surfaces are shown.
pub(super) fn of_all(shown: &Contents) -> Text<Terminal> {
    let Some(surfaces) = shown.surfaces else {
        return Text::new();
    };
    let mut table = Table::new(
        [
            "SURFACE",
            "FILES",
            "HIDDEN",
            "EXECUTABLES",
            "INTERPRETERS",
            "SET-ID",
            "WRITABLE",
            "CODE",
        ],
        [false, true, true, true, true, true, true, true],
    );
    for (name, service) in &shown.bundle.services {
        let surface = surfaces.of(shown.bundle, service);
        table.row(row(name, surface));
    }
    text!("\n{}", table.render())
}

/// The surface of one service and of the store paths with the most executables, if surfaces are shown.
pub(super) fn of_service(shown: &Contents, name: &UnitName) -> Text<Terminal> {
    let Some(surfaces) = shown.surfaces else {
        return Text::new();
    };
    let service = &shown.bundle.services[name];
    let Some(whole) = surfaces.of(shown.bundle, service) else {
        return Text::own(
            "\nSurface: unknown, because some of the files are not on this machine\n",
        );
    };
    let left = left_out_of(shown.bundle, service);
    let paths = shown.bundle.closures[&service.closure].paths.iter();
    let mut paths: Vec<_> = paths
        .filter_map(|path| Some((path, surfaces.path(path, &left)?)))
        .filter(|(_, surface)| surface.executables > 0 || surface.code > 0)
        .collect();
    paths.sort_by_key(|(path, surface)| (Reverse((surface.executables, surface.code)), *path));
    let mut table = Table::new(
        ["EXECUTABLES", "INTERPRETERS", "CODE", "PATH"],
        [true, true, true, false],
    );
    for (path, surface) in paths.iter().take(MAX_PATHS) {
        table.row([
            text!("{}", surface.executables),
            text!("{}", surface.interpreters),
            text!("{}", bytes(surface.code)),
            text!("{}", path),
        ]);
    }
    let mut text = text!("\nSurface: {}\n", sentence(&whole));
    if !paths.is_empty() {
        text.push(table.render());
    }
    text
}

/// A surface in words.
pub fn sentence(surface: &Surface) -> String {
    let hidden = match surface.hidden {
        0 => String::new(),
        hidden => format!(" ({hidden} more are hidden)"),
    };
    let more = |hidden| match hidden {
        0 => String::new(),
        hidden => format!(" ({hidden} more)"),
    };
    format!(
        "{} files{hidden}, {} executables{}, {} interpreters{}, {} set-id, {} writable, {} of code",
        surface.files,
        surface.executables,
        more(surface.hidden_executables),
        surface.interpreters,
        more(surface.hidden_interpreters),
        surface.set_id,
        surface.writable,
        bytes(surface.code)
    )
}

/// A number of those that are seen, and of all if some are hidden.
fn of(seen: u64, hidden: u64) -> Text<Terminal> {
    match hidden {
        0 => text!("{}", seen),
        hidden => text!("{} of {}", seen, seen + hidden),
    }
}

fn row(name: &UnitName, surface: Option<Surface>) -> [Text<Terminal>; 8] {
    let name = text!("{}", name.stem());
    let Some(surface) = surface else {
        let mut row = [(); 8].map(|()| Text::own("?"));
        row[0] = name;
        return row;
    };
    [
        name,
        text!("{}", surface.files),
        text!("{}", surface.hidden),
        of(surface.executables, surface.hidden_executables),
        of(surface.interpreters, surface.hidden_interpreters),
        text!("{}", surface.set_id),
        text!("{}", surface.writable),
        text!("{}", bytes(surface.code)),
    ]
}
