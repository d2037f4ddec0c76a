//! The findings accepted today, so that only new or larger ones are reported.

use std::collections::btree_map::Entry as Slot;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use toml::Spanned;

use super::{Report, stable};
use crate::code::{Code, Level};
use crate::config::{Place, Places};
use crate::document::{Kind, Unread, read_given};
use crate::finding::{Amount, Draft, Finding};
use crate::service::{HostName, HostService, UnitName};
use crate::text::{Text, Toml, text};

/// The version of the baseline format.
const VERSION: u32 = 1;

/// The first line of every baseline, which identifies it.
const HEADER: &str = "# The baseline of `confinix audit`: findings that are accepted.";

/// The accepted findings.
#[derive(Debug)]
pub struct Baseline {
    accepted: BTreeMap<Key, Accepted>,
}

/// The identity of a finding, without versions and hashes ([`stable`]).
type Key = (Code, HostService, String);

#[derive(Debug)]
struct Accepted {
    amount: Option<u64>,
    place: Place,
}

#[derive(Deserialize)]
struct Versioned {
    version: Option<Spanned<toml::Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "version")]
    _version: u32,
    #[serde(default)]
    accepted: Vec<Spanned<Line>>,
}

/// An accepted finding, as the file has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    code: String,
    host: Option<String>,
    service: UnitName,
    subject: String,
    amount: Option<u64>,
}

impl Baseline {
    /// Reads the baseline at `path`.
    pub fn read(path: &Path) -> Result<Self> {
        let context = || format!("cannot read the baseline {}", path.display());
        let bytes = match read_given(path, Kind::Baseline) {
            Ok(bytes) => bytes,
            Err(error) if error.is_absent() => bail!(
                "cannot read the baseline {}: no such file (--update-baseline creates it)",
                path.display()
            ),
            Err(error) => return Err(error).with_context(context),
        };
        let text = String::from_utf8(bytes).map_err(|_| Unread::NotText);
        let file = path.display().to_string();
        Self::parse(&file.into(), &text.with_context(context)?).context("cannot read the baseline")
    }

    /// Parses the text of a baseline. `file` is its name in messages.
    pub fn parse(file: &Arc<str>, text: &str) -> Result<Self> {
        let places = Places::new(file, text);
        let at = |span| places.at(&span);
        let broken = |error: toml::de::Error| {
            let place = at(error.span().unwrap_or_default());
            anyhow::anyhow!("{place}: {}", error.message().trim().replace('\n', ", "))
        };
        match toml::from_str::<Versioned>(text).map_err(broken)?.version {
            Some(version) if version.get_ref().as_integer() == Some(VERSION.into()) => {}
            Some(version) => bail!(
                "{}: version {} is not supported, expected version {VERSION}: write it again with --update-baseline",
                at(version.span()),
                version.get_ref()
            ),
            None => bail!("{file}: not a baseline: it has no version"),
        }
        let mut accepted: BTreeMap<Key, Accepted> = BTreeMap::new();
        let mut written = BTreeSet::new();
        for entry in toml::from_str::<File>(text).map_err(broken)?.accepted {
            let place = at(entry.span());
            let entry = entry.into_inner();
            let code: Code = entry.code.parse().with_context(|| place.to_string())?;
            let host = entry.host.as_deref().map(HostName::parse).transpose();
            let service = HostService {
                host: host.with_context(|| place.to_string())?,
                unit: entry.service,
            };
            let key = (code, service, stable(&entry.subject));
            let is_new = written.insert((key.0, key.1.clone(), entry.subject));
            match accepted.entry(key) {
                Slot::Vacant(slot) => {
                    slot.insert(Accepted {
                        amount: entry.amount,
                        place,
                    });
                }
                Slot::Occupied(old) if !is_new => {
                    bail!(
                        "{place}: duplicate entry; the first is at {}",
                        old.get().place
                    );
                }
                // Older versions wrote hashes, so that several entries may be of one package.
                Slot::Occupied(mut old) => {
                    let amount = old.get().amount.max(entry.amount);
                    old.get_mut().amount = amount;
                }
            }
        }
        Ok(Self { accepted })
    }

    /// Removes accepted findings from a report, and adds unused entries at `level`.
    pub fn apply(&self, report: &mut Report, level: Level) {
        let mut needed: Vec<&Key> = Vec::new();
        report.findings.retain_mut(|finding| {
            let Some((key, accepted)) =
                key(finding).and_then(|key| self.accepted.get_key_value(&key))
            else {
                return true;
            };
            needed.push(key);
            let has_grown = finding.amount.map(Amount::number) > accepted.amount;
            if has_grown && let (Some(amount), Some(accepted)) = (finding.amount, accepted.amount) {
                let accepted = amount.with_number(accepted);
                let _ = write!(finding.message, "; the baseline accepts {accepted}");
            }
            report.accepted += usize::from(!has_grown);
            has_grown
        });
        needed.sort();
        if level > Level::Allow {
            let unneeded = self
                .accepted
                .iter()
                .filter(|(key, _)| needed.binary_search(key).is_err());
            report.findings.extend(unneeded.map(|(key, accepted)| {
                let (code, service, subject) = key;
                let message = format!("{service} no longer has {code} for {subject}");
                let draft = Draft {
                    place: Some(accepted.place.clone()),
                    ..Draft::new(format!("{code} {service} {subject}"), message)
                };
                Finding::new(Code::UnusedBaselineEntry, level, draft)
            }));
        }
        report.sort();
    }
}

/// Writes a baseline that accepts every finding of `report` about a service, one per line.
pub fn render_baseline(report: &Report) -> Text<Toml> {
    let mut accepted: BTreeMap<Key, Option<u64>> = BTreeMap::new();
    for finding in &report.findings {
        if let Some(key) = key(finding) {
            let amount = accepted.entry(key).or_default();
            *amount = (*amount).max(finding.amount.map(Amount::number));
        }
    }
    let mut lines: Vec<_> = accepted
        .into_iter()
        .map(|((code, service, subject), amount)| {
            let amount = amount.map_or_else(Text::new, |amount| text!(", amount = {}", amount));
            let host =
                (service.host).map_or_else(Text::new, |host| text!("host = {}, ", host.as_str()));
            text!(
                "  {{ {}service = {}, code = {}, subject = {}{} }},\n",
                host,
                service.unit,
                code,
                subject,
                amount
            )
        })
        .collect();
    lines.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    text!(
        "{}\n# `confinix audit --baseline FILE --update-baseline` writes it; the audit reports all other findings.\n\
         version = {}\naccepted = [\n{}]\n",
        Text::own(HEADER),
        VERSION,
        Text::join(lines, "")
    )
}

/// Whether any version of [`render_baseline`] wrote this text.
pub fn is_baseline(text: &str) -> bool {
    text.lines().next() == Some(HEADER)
}

fn key(finding: &Finding) -> Option<Key> {
    Some((
        finding.code,
        finding.service.clone()?,
        stable(&finding.subject),
    ))
}
