//! Remedies in words: what each achieves, where it belongs, and the text to paste there.

use serde::Serialize;

use crate::change::Written;
use crate::finding::{Excepted, Finding, PolicyChange, Remedy};
use crate::service::UnitName;
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
    let mut fixes = finding.remedies.iter().filter(|remedy| removes(remedy));
    fixes.find_map(pasted)
}

/// Whether a remedy removes the cause of a finding.
fn removes(remedy: &Remedy) -> bool {
    !matches!(remedy, Remedy::Policy(_))
}

/// The same remedy of findings about several services.
struct Alike<'a> {
    /// Its place among the remedies of each finding.
    rank: usize,
    /// That of the first finding.
    remedy: &'a Remedy,
    services: Vec<&'a UnitName>,
}

/// The remedies of findings about several services, the best first. What makes the same change is one text for all services.
pub fn joined<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Vec<Pasted> {
    joined_if(findings, |_| true)
}

/// The best of them that removes the cause, if there is one.
pub fn joined_fix<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Option<Pasted> {
    joined_if(findings, removes).into_iter().next()
}

fn joined_if<'a>(
    findings: impl IntoIterator<Item = &'a Finding>,
    is_wanted: fn(&Remedy) -> bool,
) -> Vec<Pasted> {
    let mut groups: Vec<Alike> = Vec::new();
    for finding in findings {
        let remedies = finding.remedies.iter().enumerate();
        for (rank, remedy) in remedies.filter(|(_, remedy)| is_wanted(remedy)) {
            let is_alike =
                |group: &&mut Alike| group.rank == rank && are_alike(group.remedy, remedy);
            let services = service(remedy).into_iter();
            match groups.iter_mut().find(is_alike) {
                Some(group) => {
                    let new = services.filter(|service| !group.services.contains(service));
                    let new: Vec<_> = new.collect();
                    group.services.extend(new);
                }
                None => groups.push(Alike {
                    rank,
                    remedy,
                    services: services.collect(),
                }),
            }
        }
    }
    groups.sort_by_key(|group| group.rank);
    let mut all: Vec<(usize, Pasted)> = Vec::new();
    for Alike {
        rank,
        remedy,
        services,
    } in groups
    {
        let Some(pasted) = pasted_for(remedy, &services) else {
            continue;
        };
        let is_beside =
            |(of, other): &&mut (usize, Pasted)| *of == rank && other.what == pasted.what;
        match all.iter_mut().find(is_beside) {
            Some((_, other)) if other.paste == pasted.paste => {}
            Some((_, other)) => {
                // Tables of TOML are paragraphs; definitions of Nix are lines.
                let between = if pasted.paste.starts_with('[') {
                    "\n\n"
                } else {
                    "\n"
                };
                other.paste.extend([between, &pasted.paste]);
            }
            None => all.push((rank, pasted)),
        }
    }
    all.into_iter().map(|(_, pasted)| pasted).collect()
}

/// Whether two remedies make the same change, each to its service.
fn are_alike(a: &Remedy, b: &Remedy) -> bool {
    match (a, b) {
        (
            Remedy::Fix { what, changes },
            Remedy::Fix {
                what: other_what,
                changes: other,
            },
        ) => what == other_what && changes.list == other.list && changes.site == other.site,
        (
            Remedy::Policy(PolicyChange::Except { what, .. }),
            Remedy::Policy(PolicyChange::Except { what: other, .. }),
        ) => what == other,
        (
            Remedy::Policy(PolicyChange::Limit { key, value, .. }),
            Remedy::Policy(PolicyChange::Limit {
                key: other_key,
                value: other,
                ..
            }),
        ) => key == other_key && value == other,
        _ => a == b,
    }
}

/// The service to which a remedy applies, if it is for one.
fn service(remedy: &Remedy) -> Option<&UnitName> {
    match remedy {
        Remedy::Fix { changes, .. } => Some(&changes.service),
        Remedy::Policy(
            PolicyChange::Except { service, .. } | PolicyChange::Limit { service, .. },
        ) => Some(service),
        Remedy::Policy(PolicyChange::Level(..) | PolicyChange::Only(_)) | Remedy::Script { .. } => {
            None
        }
    }
}

fn pasted(remedy: &Remedy) -> Option<Pasted> {
    let services: Vec<_> = service(remedy).into_iter().collect();
    pasted_for(remedy, &services)
}

fn pasted_for(remedy: &Remedy, services: &[&UnitName]) -> Option<Pasted> {
    let (what, place, paste) = match remedy {
        Remedy::Fix { what, changes } => {
            let Written { place, text } = changes.write_for(services)?;
            (what.as_str(), place, text)
        }
        Remedy::Policy(change) => (
            does(change),
            "in confinix.toml".to_owned(),
            policy(change, services),
        ),
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
fn policy(change: &PolicyChange, services: &[&UnitName]) -> String {
    let rule = |line: &str| {
        let names: Vec<_> = services
            .iter()
            .map(|service| toml_string(service.stem()))
            .collect();
        format!("[[rule]]\nservices = [{}]\n{line}", names.join(", "))
    };
    match change {
        PolicyChange::Except { what, .. } => {
            let (key, value) = match what {
                Excepted::Code(code) => ("code", code.as_str()),
                Excepted::Package(name) => ("package", name.as_str()),
                Excepted::Setting(setting) => ("setting", setting.as_str()),
            };
            let value = toml_string(value);
            rule(&format!("allow = [{{ {key} = {value}, reason = \"\" }}]"))
        }
        PolicyChange::Limit { key, value, .. } => rule(&format!("{key} = {value}\nreason = \"\"")),
        PolicyChange::Level(code, level) => format!("[levels]\n{code} = \"{level}\""),
        PolicyChange::Only(package) => format!("{},", toml_string(package)),
    }
}
