//! Text for people.

pub mod audit;
mod bill;
pub mod diff;
mod explain;
mod hidden;
pub mod install;
pub mod migration;
mod observation;
mod presets;
mod records;
pub mod rehearsal;
pub mod status;
mod style;
pub mod surface;
mod tree;
mod verified;
mod why;

use std::collections::BTreeMap;

use super::contents::{Contents, FleetContents};
use super::share::Shares;
use super::table::Table;
use crate::bundle::{Bundle, BundleService, Closure};
use crate::rehearse::Records;
use crate::service::{HostName, UnitName};
use crate::store::StorePath;
use crate::text::{Terminal, Text, bytes, text};

pub use crate::text::count;
pub use bill::bill;
pub use explain::explain;
pub use hidden::hidden;
pub use observation::{observation, touched};
pub use presets::presets;
pub use style::{Style, shortened};
pub use tree::tree;
pub use verified::verified;
pub use why::{why, why_of_fleet};

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

/// A bundle, or one of its services.
pub fn show(shown: &Contents) -> Text<Terminal> {
    match shown.service {
        Some(name) => text!(
            "{}{}",
            service_with(shown.bundle, name, shown.records),
            surface::of_service(shown, name)
        ),
        None => text!(
            "{}{}{}",
            overview(shown.bundle),
            records::records(shown.bundle, shown.records),
            surface::of_all(shown)
        ),
    }
}

/// Every host with what its services see.
pub fn show_fleet(shown: &FleetContents) -> Text<Terminal> {
    let mut table = Table::new(
        [
            "HOST",
            "SERVICES",
            "CLOSURES",
            "PATHS",
            "SIZE",
            "NOT CONFINED",
        ],
        [false, true, true, true, true, true],
    );
    let mut paths: BTreeMap<&StorePath, u64> = BTreeMap::new();
    let mut services = 0;
    for loaded in shown.hosts {
        let bundle = &loaded.bundle;
        paths.extend(
            bundle
                .paths
                .iter()
                .map(|(path, info)| (path, info.nar_size)),
        );
        services += bundle.services.len();
        let size = bundle.paths.values().map(|path| path.nar_size).sum();
        table.row([
            text!(
                "{}",
                loaded.host.as_ref().map_or(&*loaded.name, HostName::as_str)
            ),
            text!("{}", bundle.services.len()),
            text!("{}", bundle.closures.len()),
            text!("{}", bundle.paths.len()),
            text!("{}", bytes(size)),
            text!("{}", bundle.unconfined.len()),
        ]);
    }
    let mut text = text!("{}\n", table.render());
    for host in shown.failed {
        text.push(text!("failed {}: {}\n", host.name, host.reason()));
    }
    let failed = match shown.failed.len() {
        0 => String::new(),
        failed => format!(" ({failed} failed)"),
    };
    text.push(text!(
        "{}{}, {}, {} of {}\n",
        count(shown.hosts.len() + shown.failed.len(), "host"),
        failed,
        count(services, "service"),
        count(paths.len(), "store path"),
        bytes(paths.values().sum())
    ));
    text
}

/// Every service of a bundle with what it sees.
pub fn overview(bundle: &Bundle) -> Text<Terminal> {
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
            text!("{}", name.stem()),
            text!("{}", closure.paths.len()),
            text!("{}", bytes(closure.nar_size)),
            text!("{}", bytes(own)),
            text!("{}", bytes(closure.nar_size - own)),
            text!("{}", service.mode.name()),
            text!("{}", service.strategy.name()),
            text!("{}", service.mounts),
        ]);
    }
    text!(
        "{}\n{}\n{}",
        table.render(),
        summary(bundle),
        unconfined(bundle)
    )
}

/// The services that are not confined, with the reasons.
fn unconfined(bundle: &Bundle) -> Text<Terminal> {
    if bundle.unconfined.is_empty() {
        return Text::new();
    }
    let mut table = Table::new(["NOT CONFINED", "LEFT OUT BY", "REASON"], [false; 3]);
    for (name, service) in &bundle.unconfined {
        table.row([
            text!("{}", name.stem()),
            Text::own(service.by.name()),
            text!("{}", service.reason),
        ]);
    }
    text!(
        "\n{}\n{}\n",
        table.render(),
        not_confined(bundle.unconfined.len())
    )
}

/// How many services are not confined, in a sentence without full stop.
pub fn not_confined(number: usize) -> String {
    let verb = if number == 1 { "is" } else { "are" };
    format!("{} {verb} not confined", count(number, "service"))
}

/// One service: its closure roots with their origins, its settings, and its closure, largest first.
pub fn service(bundle: &Bundle, name: &UnitName) -> Text<Terminal> {
    service_with(bundle, name, &Records::default())
}

/// The same, with what was found out about it.
fn service_with(bundle: &Bundle, name: &UnitName, known: &Records) -> Text<Terminal> {
    let service = &bundle.services[name];
    let closure = &bundle.closures[&service.closure];
    let mut text = heading(name, service, closure);
    text.push(records::record(name, service, known));
    text.push(roots(service));
    text.push(mentions(service));
    text.push(hidden::untold(&closure.untold));
    text.push(Text::own("\nSettings\n"));
    for (setting, values) in service.confinement.iter() {
        for value in values {
            text.push(text!("  {}={}\n", setting, value));
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
            .map(|target| text!(" → {}", target))
            .unwrap_or_default();
        table.row([
            text!("{}", bytes(info.nar_size)),
            Text::own(shared),
            text!("{}{}", path, leads_to),
        ]);
    }
    if !closure.paths.is_empty() {
        text.push(text!("\n{}", table.render()));
    }
    text
}

fn heading(name: &UnitName, service: &BundleService, closure: &Closure) -> Text<Terminal> {
    let presets = match &service.presets[..] {
        [] => Text::new(),
        presets => text!("presets:  {}\n", presets.join(", ")),
    };
    let hide = match &service.hide {
        hide if hide.is_empty() => Text::new(),
        hide => {
            let names: Vec<_> = hide.iter().map(|class| class.name()).collect();
            text!("hidden:   {}\n", names.join(", "))
        }
    };
    text!(
        "{}: {} of {}\nmode:     {}\nstrategy: {} ({}; {})\n/bin/sh:  {}\n{}{}",
        name,
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
        presets,
        hide,
    )
}

fn roots(service: &BundleService) -> Text<Terminal> {
    if service.roots.is_empty() {
        return Text::own("\nNo closure roots: the service names no store path.\n");
    }
    let mut table = Table::new(["CLOSURE ROOT", "PATH"], [false, false]);
    for root in &service.roots {
        table.row([text!("{}", root.origin), text!("{}", root.path)]);
    }
    text!("\n{}", table.render())
}

/// The store paths that are not closure roots, because the strings that name them don't have them in their context.
fn mentions(service: &BundleService) -> Text<Terminal> {
    if service.mentions.is_empty() {
        return Text::own("");
    }
    let mut table = Table::new(["NOT SEEN", "PATH"], [false, false]);
    for mention in &service.mentions {
        table.row([text!("{}", mention.origin), text!("{}", mention.path)]);
    }
    text!(
        "\nNamed without context, so not closure roots:\n{}",
        table.render()
    )
}
