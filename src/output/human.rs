//! Text for people.

pub mod audit;
pub mod diff;
mod presets;
mod style;
mod tree;
mod why;

use std::fmt::Write;

use super::share::Shares;
use super::table::Table;
use crate::bundle::{Bundle, BundleService, Closure};
use crate::service::UnitName;
use crate::store::bytes;

pub use presets::presets;
pub use style::Style;
pub use tree::tree;
pub use why::why;

/// A bundle in one line.
pub fn summary(bundle: &Bundle) -> String {
    let size = bundle.paths.values().map(|path| path.nar_size).sum();
    format!(
        "{}, {}, {} of {}",
        count(bundle.services.len(), "service"),
        count(bundle.closures.len(), "closure"),
        count(bundle.paths.len(), "store path"),
        bytes(size)
    )
}

/// Every service of a bundle with what it sees.
pub fn overview(bundle: &Bundle) -> String {
    let shares = Shares::of(bundle);
    let mut table = Table::new(
        [
            "SERVICE", "PATHS", "SIZE", "OWN", "SHARED", "MODE", "STRATEGY", "MOUNTS",
        ],
        [false, true, true, true, true, false, false, true],
    );
    for (name, service) in &bundle.services {
        let closure = &bundle.closures[&service.closure];
        let own = shares.own_size(service);
        table.row([
            name.stem().to_owned(),
            closure.paths.len().to_string(),
            bytes(closure.nar_size),
            bytes(own),
            bytes(closure.nar_size - own),
            service.mode.name().to_owned(),
            service.strategy.name().to_owned(),
            service.mounts.to_string(),
        ]);
    }
    format!("{}\n{}\n", table.render(), summary(bundle))
}

/// One service: its roots with their origins, what is set for it, and what it sees, largest first.
pub fn service(bundle: &Bundle, name: &UnitName) -> String {
    let service = &bundle.services[name];
    let closure = &bundle.closures[&service.closure];
    let mut text = heading(name, service, closure);
    text.push_str(&roots(service));
    text.push_str("\nSettings\n");
    for (setting, values) in service.confinement.iter() {
        for value in values {
            let _ = writeln!(text, "  {setting}={value}");
        }
    }
    let shares = Shares::of(bundle);
    let mut paths: Vec<_> = closure.paths.iter().collect();
    paths.sort_by_key(|path| {
        (
            std::cmp::Reverse(bundle.paths[path].nar_size),
            path.as_str(),
        )
    });
    let mut table = Table::new(["SIZE", "", "PATH"], [true, false, false]);
    for path in paths {
        let shared = if shares.is_shared(path) {
            "shared"
        } else {
            "own"
        };
        let info = &bundle.paths[path];
        let leads_to = info
            .symlink
            .as_ref()
            .map(|target| format!(" → {target}"))
            .unwrap_or_default();
        table.row([
            bytes(info.nar_size),
            shared.to_owned(),
            format!("{path}{leads_to}"),
        ]);
    }
    text.push('\n');
    text.push_str(&table.render());
    text
}

fn heading(name: &UnitName, service: &BundleService, closure: &Closure) -> String {
    let presets = match &service.presets[..] {
        [] => String::new(),
        presets => format!("presets:  {}\n", presets.join(", ")),
    };
    format!(
        "{name}: {} of {}\nmode:     {}\nstrategy: {} ({}; {})\n/bin/sh:  {}\n{presets}",
        count(closure.paths.len(), "store path"),
        bytes(closure.nar_size),
        service.mode.name(),
        service.strategy.name(),
        count(service.mounts, "mount"),
        match service.view_obstacle {
            Some(obstacle) => format!("{}, but {obstacle}", service.strategy_reason),
            None => service.strategy_reason.clone(),
        },
        service.bin_sh.as_deref().unwrap_or("none"),
    )
}

fn roots(service: &BundleService) -> String {
    if service.roots.is_empty() {
        return "\nNo roots: the service names no store path.\n".to_owned();
    }
    let mut table = Table::new(["ROOT", "PATH"], [false, false]);
    for root in &service.roots {
        table.row([root.origin.to_string(), root.path.to_string()]);
    }
    format!("\n{}", table.render())
}

/// A number with its noun.
pub fn count(number: usize, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}
