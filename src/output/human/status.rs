//! The running system, for people.

use super::{Style, count};
use crate::status::{Difference, Service, Status, utc};
use crate::text::{Terminal, Text, text};

/// Each service that differs, then what else differs, what was not compared, and the numbers.
pub fn status(status: &Status, style: Style) -> Text<Terminal> {
    let mut text = Text::new();
    let mut differing = 0;
    for (name, service) in &status.services {
        if service.differences.is_empty() {
            continue;
        }
        differing += 1;
        let name = style.bold(text!("{}", name));
        text.push(text!("{}{}\n", name, state(service)));
        for difference in &service.differences {
            text.push(text!("  {}", line(difference, style)));
        }
    }
    for difference in &status.differences {
        text.push(line(difference, style));
    }
    for unseen in &status.unseen {
        text.push(text!("not compared: {}\n", unseen));
    }
    let running = status.services.values();
    let running = running.filter(|service| service.processes > 0).count();
    let services = count(status.services.len(), "service");
    if differing == 0 && status.differences.is_empty() {
        text.push(text!(
            "{} as in the bundle, {} running\n",
            services,
            running
        ));
    } else {
        text.push(text!(
            "{} of {} differ, {} running\n",
            differing,
            services,
            running
        ));
    }
    text
}

fn state(service: &Service) -> String {
    match (service.state.as_str(), service.since) {
        ("", _) => String::new(),
        (state, None) => format!(": {state}"),
        (state, Some(since)) => format!(": {state} since {}", utc(since)),
    }
}

fn line(difference: &Difference, style: Style) -> Text<Terminal> {
    let kind = style.yellow(Text::own(difference.kind.name()));
    text!("{}: {}\n", kind, difference.detail)
}
