//! Applies every kind of remedy and runs `check` again: the finding must be gone, and no new one may appear.

mod nix;
mod policy;
mod units;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Findings of services.
pub struct Found(Vec<Finding>);

/// A finding in JSON.
#[derive(Clone, Debug)]
pub struct Finding {
    pub service: String,
    pub code: String,
    pub subject: String,
    pub message: String,
    pub remedies: Vec<Remedy>,
}

/// A remedy that is printed with a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remedy {
    pub what: String,
    pub paste: String,
}

impl Remedy {
    /// Returns whether it only silences the finding.
    pub fn is_exception(&self) -> bool {
        self.what == "to allow it, in confinix.toml"
    }
}

/// Identifies a finding.
pub type Key = (String, String, String);

impl Found {
    pub fn read(json: &str) -> Result<Self> {
        let document: Value = serde_json::from_str(json)?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let findings = document["findings"].as_array().context("no findings")?;
        let findings = findings.iter().map(|finding| Finding {
            service: text(&finding["service"]),
            code: text(&finding["code"]),
            subject: text(&finding["subject"]),
            message: text(&finding["message"]),
            remedies: (finding["remedies"].as_array().into_iter().flatten())
                .map(|remedy| Remedy {
                    what: text(&remedy["what"]),
                    paste: text(&remedy["paste"]),
                })
                .collect(),
        });
        Ok(Self(findings.collect()))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    fn keys(&self) -> BTreeSet<Key> {
        self.0.iter().map(Finding::key).collect()
    }
}

impl Finding {
    pub fn key(&self) -> Key {
        (
            self.service.clone(),
            self.code.clone(),
            self.subject.clone(),
        )
    }

    /// Returns its remedies, except for the exception.
    pub fn proper(&self) -> impl Iterator<Item = &Remedy> {
        self.remedies.iter().filter(|remedy| !remedy.is_exception())
    }
}

/// Services that lack something, to which remedies can be applied.
pub trait Place {
    /// Returns the findings after these remedies were pasted.
    fn look(&self, pasted: &BTreeSet<Remedy>) -> Result<Found>;

    /// Returns the names of the services, each of which lacks something.
    fn services(&self) -> Result<Vec<String>>;
}

/// Applies every remedy, those of different services together, and checks again. `without`: services without a known remedy.
/// `follow`: services in which the remedy reveals another finding.
pub fn every_remedy_works(place: &impl Place, without: &[&str], follow: &[&str]) -> Result<()> {
    let first = place.look(&BTreeSet::new())?;
    let mut wrong = Vec::new();
    let is_in = |list: &[&str], finding: &Finding| {
        let name = finding.service.trim_end_matches(".service");
        list.contains(&name)
    };
    for finding in first.iter() {
        if (finding.proper().next().is_none()) != is_in(without, finding) {
            wrong.push(format!("how many remedies? {finding:#?}"));
        }
    }
    for name in place.services()? {
        let is_of = |finding: &Finding| finding.service == format!("{name}.service");
        if !first.iter().any(is_of) {
            wrong.push(format!("nothing is found of {name}"));
        }
    }
    let most = first.iter().map(|finding| finding.proper().count()).max();
    for index in 0..most.unwrap_or_default() {
        let mut pasted = BTreeMap::new();
        for finding in first.iter() {
            if let Some(remedy) = finding.proper().nth(index) {
                pasted.insert(finding.key(), remedy.clone());
            }
        }
        let again = place.look(&pasted.values().cloned().collect())?;
        for (key, remedy) in &pasted {
            if again.keys().contains(key) {
                wrong.push(format!("still found: {key:?} after {remedy:#?}"));
            }
        }
        for finding in again.iter() {
            if !first.keys().contains(&finding.key()) && !is_in(follow, finding) {
                wrong.push(format!("new: {}: {finding:#?}", finding.message));
            }
        }
    }
    wrong.extend(last_to_the_end(place, first, without)?);
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Applies the first remedy of every finding until there are none.
fn last_to_the_end(place: &impl Place, first: Found, without: &[&str]) -> Result<Vec<String>> {
    let mut pasted = BTreeSet::new();
    let mut found = first;
    for _ in 0..4 {
        let before = pasted.len();
        pasted.extend(
            found
                .iter()
                .filter_map(|finding| finding.proper().next().cloned()),
        );
        if pasted.len() == before {
            break;
        }
        found = place.look(&pasted)?;
    }
    let rest = found.iter().filter(|finding| {
        let name = finding.service.trim_end_matches(".service");
        !without.contains(&name)
    });
    Ok(rest
        .map(|finding| format!("found in the end: {finding:#?}"))
        .collect())
}
