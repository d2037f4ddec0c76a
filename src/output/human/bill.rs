//! What advisories say about services, and how much a bill of materials knows.

use super::count;
use crate::output::folded::{folded, label};
use crate::output::table::Table;
use crate::sbom::{Answer, Bill, Host, Seen, Status, Vex};
use crate::service::{HostName, HostService};
use crate::text::{Terminal, Text, text};

/// Counts of a bill of materials, and every advisory with the services by how it concerns them.
pub fn bill(bill: &Bill) -> Text<Terminal> {
    let table = match bill.only() {
        Some(host) => services(host),
        None => hosts(bill.hosts),
    };
    let mut text = text!(
        "{}\n{}: {} with a licence, {} with a source\n",
        table,
        count(bill.components.count(), "component"),
        bill.with_license(),
        bill.with_source()
    );
    for host in bill.failed {
        text.push(text!("failed {}: {}\n", host.name, host.reason()));
    }
    if let Some(vex) = &bill.vex {
        for (id, answer) in &vex.answers {
            text.push(advisory(bill, id, answer));
        }
        text.push(end(vex));
    }
    text
}

/// Every service of the only host.
fn services(host: &Host) -> Text<Terminal> {
    let mut table = Table::new(["SERVICE", "COMPONENTS"], [false, true]);
    for (name, service) in host.services() {
        let components = host.bundle.closures[&service.closure].paths.len();
        table.row([text!("{}", name.stem()), text!("{}", components)]);
    }
    table.render()
}

/// Every host of a fleet.
fn hosts(hosts: &[Host]) -> Text<Terminal> {
    let mut table = Table::new(["HOST", "SERVICES", "COMPONENTS"], [false, true, true]);
    for Host { name, bundle, .. } in hosts {
        table.row([
            text!("{}", name.map_or("", HostName::as_str)),
            text!("{}", bundle.services.len()),
            text!("{}", bundle.paths.len()),
        ]);
    }
    table.render()
}

fn advisory(bill: &Bill, id: &str, answer: &Answer) -> Text<Terminal> {
    let aliases = answer
        .advisory
        .aliases
        .iter()
        .map(|alias| text!("{}", alias));
    let aliases = Text::join(aliases, ", ");
    let mut text = text!("\n{}", id);
    if !aliases.is_empty() {
        text.push(text!(" ({})", aliases));
    }
    if let Some(summary) = &answer.advisory.summary {
        text.push(text!(": {}", summary));
    }
    text.push(Text::own("\n"));
    for (status, services) in answer.by_status(bill.hosts) {
        let seen = |name: &HostService| answer.seen.get(name).map_or(&[][..], Vec::as_slice);
        // Those that see the same components are told together, those that see none at the end.
        let mut groups = folded(services, |name| {
            let seen = seen(name).iter();
            let paths: Vec<_> = seen
                .map(|seen| format!("{} {:?}", seen.path, seen.executables))
                .collect();
            paths.join(" ")
        });
        groups.sort_by_key(|names| seen(&names[0]).is_empty());
        for names in groups {
            let components = seen(&names[0]).iter().map(component);
            let components = Text::join(components, ", ");
            let is_whole = bill.is_unfolded || bill.only().is_some();
            text.push(text!("  {}: {}", status.words(), label(&names, is_whole)));
            if !components.is_empty() {
                text.push(text!(": {}", components));
            }
            text.push(Text::own("\n"));
        }
    }
    text.push(reasons(answer));
    text
}

/// A component with its executables.
fn component(seen: &Seen) -> Text<Terminal> {
    let executables = match seen.executables {
        None => "its files are not on this machine".to_owned(),
        Some(executables) => {
            let hidden = match executables.hidden {
                0 => String::new(),
                hidden => format!(", {hidden} more hidden"),
            };
            format!(
                "{}{hidden}",
                count(count_of(executables.seen), "executable")
            )
        }
    };
    text!("{} ({})", seen.path.base(), executables)
}

fn count_of(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Why something is unknown, each reason once.
fn reasons(answer: &Answer) -> Text<Terminal> {
    let reasons = answer.reasons().into_iter();
    reasons
        .map(|reason| text!("  unknown because {}\n", reason))
        .collect()
}

fn end(vex: &Vex) -> Text<Terminal> {
    let mut text = Text::new();
    if !vex.left_out.is_empty() {
        text.push(Text::own("\nLeft out:\n"));
        for left_out in vex.left_out {
            text.push(text!("  {}\n", left_out));
        }
    }
    let concern = |status: Status| {
        let answers = vex.answers.values();
        answers.filter(|answer| answer.worst() == status).count()
    };
    text.push(text!(
        "\n{}: {} affected, {} unknown, {} unaffected, {} not present\n",
        count_advisories(vex.answers.len()),
        concern(Status::Affected),
        concern(Status::Unknown),
        concern(Status::Unaffected),
        concern(Status::ComponentNotPresent)
    ));
    text
}

fn count_advisories(number: usize) -> String {
    match number {
        1 => "1 advisory".to_owned(),
        number => format!("{number} advisories"),
    }
}
