//! Remedies in words: what each achieves, where it belongs, and the text to paste there.

use serde::Serialize;

use crate::change::Written;
use crate::finding::{Excepted, Finding, PolicyChange, Remedy};
use crate::text::toml_string;

/// A remedy in words.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Pasted {
    /// What it achieves and where it belongs; a colon and the text to paste follow.
    pub what: String,
    /// The text to paste.
    pub paste: String,
}

/// The remedies of a finding, the best first.
pub fn remedies(finding: &Finding) -> impl Iterator<Item = Pasted> {
    finding.remedies.iter().filter_map(pasted)
}

/// The best remedy of a finding that removes its cause, if there is one.
pub fn fix(finding: &Finding) -> Option<Pasted> {
    let fixes = finding.remedies.iter();
    let mut fixes = fixes.filter(|remedy| !matches!(remedy, Remedy::Policy(_)));
    fixes.find_map(pasted)
}

fn pasted(remedy: &Remedy) -> Option<Pasted> {
    let (what, place, paste) = match remedy {
        Remedy::Fix { what, changes } => {
            let Written { place, text } = changes.write()?;
            (what.as_str(), place, text)
        }
        Remedy::Policy(change) => (does(change), "in confinix.toml".to_owned(), policy(change)),
        Remedy::Script { what, place, line } => (what.as_str(), place.clone(), line.clone()),
    };
    Some(Pasted {
        what: format!("{what}, {place}"),
        paste,
    })
}

fn does(change: &PolicyChange) -> &'static str {
    match change {
        PolicyChange::Except { .. } => "to allow it",
        PolicyChange::Limit { .. } => "to raise the limit",
        PolicyChange::Level(..) => "to do without it",
        PolicyChange::Only(_) => "to add it to the list `only`",
    }
}

/// The lines of a policy.
fn policy(change: &PolicyChange) -> String {
    let rule = |service: &str, line: &str| {
        format!("[[rule]]\nservices = [{}]\n{line}", toml_string(service))
    };
    match change {
        PolicyChange::Except { service, what } => {
            let (key, value) = match what {
                Excepted::Code(code) => ("code", code.as_str()),
                Excepted::Package(name) => ("package", name.as_str()),
                Excepted::Setting(setting) => ("setting", setting.as_str()),
            };
            let value = toml_string(value);
            let line = format!("allow = [{{ {key} = {value}, reason = \"\" }}]");
            rule(service.stem(), &line)
        }
        PolicyChange::Limit {
            service,
            key,
            value,
        } => rule(service.stem(), &format!("{key} = {value}\nreason = \"\"")),
        PolicyChange::Level(code, level) => format!("[levels]\n{code} = \"{level}\""),
        PolicyChange::Only(package) => format!("{},", toml_string(package)),
    }
}
