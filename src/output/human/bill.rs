//! What advisories say about services, and how much a bill of materials knows.

use super::count;
use crate::output::table::Table;
use crate::sbom::{Answer, Bill, Seen, Status, Vex};
use crate::service::UnitName;
use crate::text::{Terminal, Text, text};

/// Counts of a bill of materials, and every advisory with the services by how it concerns them.
pub fn bill(bill: &Bill) -> Text<Terminal> {
    let bundle = bill.bundle;
    let mut table = Table::new(["SERVICE", "COMPONENTS"], [false, true]);
    for (name, service) in &bundle.services {
        let components = bundle.closures[&service.closure].paths.len();
        table.row([text!("{}", name.stem()), text!("{}", components)]);
    }
    let mut text = text!(
        "{}\n{}: {} with a licence, {} with a source\n",
        table.render(),
        count(bundle.paths.len(), "component"),
        bill.with_license(),
        bill.with_source()
    );
    if let Some(vex) = &bill.vex {
        for (id, answer) in &vex.answers {
            text.push(advisory(bill, id, answer));
        }
        text.push(end(vex));
    }
    text
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
    for (status, services) in answer.by_status(bill.bundle) {
        let seen = |name: &&UnitName| answer.seen.contains_key(*name);
        let (with, without): (Vec<_>, Vec<_>) = services.into_iter().partition(seen);
        for name in with {
            let components = answer.seen[name].iter().map(component);
            text.push(text!(
                "  {}: {}: {}\n",
                status.words(),
                name.stem(),
                Text::join(components, ", ")
            ));
        }
        if !without.is_empty() {
            let names = without.iter().map(|name| text!("{}", name.stem()));
            text.push(text!("  {}: {}\n", status.words(), Text::join(names, ", ")));
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
