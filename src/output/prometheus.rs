//! The text format of Prometheus, for the textfile collector of its node_exporter.

use std::collections::BTreeMap;

use crate::status::{Kind, Status};
use crate::text::{Metrics, Text, text};

/// How many differences there are of each kind and for each service.
pub fn prometheus(status: &Status) -> Text<Metrics> {
    let mut kinds: BTreeMap<Kind, usize> = Kind::ALL.into_iter().map(|kind| (kind, 0)).collect();
    for (_, difference) in status.differences() {
        *kinds.entry(difference.kind).or_default() += 1;
    }
    let mut text = Text::own(
        "# HELP confinix_differences Differences between the running system and its bundle.\n# TYPE confinix_differences gauge\n",
    );
    for (kind, count) in kinds {
        text.push(text!(
            "confinix_differences{{kind=\"{}\"}} {}\n",
            kind.name(),
            count
        ));
    }
    text.push(Text::own(
        "# HELP confinix_service_differences Differences between a service and its bundle.\n# TYPE confinix_service_differences gauge\n",
    ));
    for (name, service) in &status.services {
        text.push(text!(
            "confinix_service_differences{{unit=\"{}\"}} {}\n",
            name,
            service.differences.len()
        ));
    }
    text.push(text!(
        "# HELP confinix_not_compared What could not be compared.\n# TYPE confinix_not_compared gauge\nconfinix_not_compared {}\n",
        status.unseen.len()
    ));
    text
}
