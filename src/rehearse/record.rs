//! The record of a rehearsal: what came of it, and which closures and drop-ins it holds for.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::behaviour::Behaviour;
use super::calls::RecordedCalls;
use super::rehearsal::{Rehearsal, Rehearsed, Verdict};
use super::trials::Trials;
use crate::bundle::{BundleService, Digest};
use crate::change::Written;
use crate::observe::Observation;
use crate::service::{UnitName, unique_keys};

/// The version of the record that confinix writes and reads.
pub const VERSION: u32 = 1;

/// As many failed calls are recorded of a service.
const MOST_CALLS: usize = 100;

/// What came of a rehearsal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Record {
    /// [`VERSION`].
    pub version: u32,
    /// The services.
    #[serde(deserialize_with = "unique_keys")]
    pub services: BTreeMap<UnitName, Recorded>,
}

/// What came of the rehearsal of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recorded {
    /// In a word.
    pub verdict: Word,
    /// What it holds for: the service with its changes, if there are some. `None` if it was not started with confinement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds_for: Option<HoldsFor>,
    /// What is different with confinement, or why nothing can be said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// The changes with which it starts, each of which is needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<RecordedChanges>,
    /// The instances that were started, if it is a template.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instances: Vec<UnitName>,
    /// How it behaved without confinement; of several instances, one that tells the verdict. `None` if it was observed where it is
    /// deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub control: Option<Behaviour>,
    /// How it behaved with confinement, and with the changes if there are some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confined: Option<Behaviour>,
    /// What it touched in its view, and what of its closure it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observation: Option<Observation>,
    /// What strace saw of it as it is configured; `None` if it was not traced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<RecordedCalls>,
    /// Why it was not traced, so that nothing is known of its calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untraced: Option<String>,
    /// For how many seconds it was observed; `None` if it was rehearsed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<u64>,
    /// The calls that failed with confinement and not without, if it fails: `openat /etc/x: ENOENT`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_calls: Vec<String>,
    /// The last lines of its journal, if it does not start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub journal: Vec<String>,
}

/// What a record holds for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HoldsFor {
    /// The id of its closure.
    pub closure: String,
    /// The digest of its drop-in.
    pub drop_in: Digest,
    /// The digest of its commands, of its unit's own settings and of the units that start it, as far as the bundle has them: changes may
    /// be made there alone.
    pub unit: Digest,
}

/// Changes, as they are written where the service is configured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RecordedChanges {
    /// Where the text belongs.
    pub place: String,
    /// The text.
    pub text: String,
    /// What they give up, each a sentence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gives_up: Vec<String>,
}

/// A verdict in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Word {
    /// It behaves as it does without confinement.
    Starts,
    /// It does with changes.
    StartsWithChanges,
    /// It behaves differently.
    Fails,
    /// It does not work without confinement either.
    NotComparable,
    /// It was not rehearsed, but observed while it ran where it is deployed.
    Observed,
}

impl Word {
    /// The word for people.
    pub fn text(self) -> &'static str {
        match self {
            Self::Starts => "starts",
            Self::StartsWithChanges => "starts with changes",
            Self::Fails => "fails",
            Self::NotComparable => "not comparable",
            Self::Observed => "observed",
        }
    }
}

impl HoldsFor {
    /// What a record of this service would hold for.
    pub fn of(service: &BundleService) -> Self {
        let unit = json!({
            "exec": service.exec,
            "settings": service.settings,
            "triggeredBy": service.triggered_by,
        });
        Self {
            closure: service.closure.clone(),
            drop_in: service.drop_in.sha256.clone(),
            unit: Digest::of(unit.to_string().as_bytes()),
        }
    }
}

impl Record {
    /// The record of a rehearsal.
    pub fn of(rehearsal: &Rehearsal) -> Self {
        let services = rehearsal.services.iter();
        let recorded =
            services.map(|(name, service)| (name.clone(), recorded(rehearsal, name, service)));
        Self {
            version: VERSION,
            services: recorded.collect(),
        }
    }

    /// The record of a deployed service that was observed for so long.
    pub fn observed(
        name: UnitName,
        service: &BundleService,
        observation: Observation,
        time: Duration,
    ) -> Self {
        let recorded = Recorded {
            verdict: Word::Observed,
            holds_for: Some(HoldsFor::of(service)),
            reasons: Vec::new(),
            changes: None,
            instances: Vec::new(),
            control: None,
            confined: None,
            observation: Some(observation),
            calls: None,
            untraced: Some("observe does not trace calls".to_owned()),
            seconds: Some(time.as_secs()),
            failed_calls: Vec::new(),
            journal: Vec::new(),
        };
        Self {
            version: VERSION,
            services: [(name, recorded)].into(),
        }
    }
}

fn recorded(rehearsal: &Rehearsal, name: &UnitName, service: &Rehearsed) -> Recorded {
    let confined = service.confined.clone().unwrap_or_default();
    let telling = confined.telling(&service.control);
    let shown = match &service.verdict {
        Verdict::NotComparable(_) => Some(&service.control),
        Verdict::Fails { .. } => Some(&confined),
        Verdict::Starts | Verdict::StartsWith(_) => None,
    };
    let behaviour = |trials: &Trials| Some(trials.get(telling?)?.behaviour.clone());
    let units = service.control.iter().map(|(unit, _)| unit);
    let (verdict, reasons, failed_calls) = match &service.verdict {
        Verdict::Starts => (Word::Starts, Vec::new(), Vec::new()),
        Verdict::StartsWith(_) => (Word::StartsWithChanges, Vec::new(), Vec::new()),
        Verdict::Fails {
            differences,
            failures,
        } => {
            let calls = failures
                .calls
                .iter()
                .take(MOST_CALLS)
                .map(ToString::to_string);
            (Word::Fails, differences.clone(), calls.collect())
        }
        Verdict::NotComparable(reason) => (Word::NotComparable, vec![reason.clone()], Vec::new()),
    };
    let written = rehearsal.changes(name).and_then(|changes| changes.write());
    Recorded {
        verdict,
        holds_for: service.holds_for.clone(),
        reasons,
        changes: written.map(|Written { place, text }| RecordedChanges {
            place,
            text,
            gives_up: service.gives_up().into_iter().map(str::to_owned).collect(),
        }),
        instances: units.filter(|unit| *unit != name).cloned().collect(),
        control: behaviour(&service.control),
        confined: behaviour(&confined),
        observation: service.observation.clone(),
        calls: service.calls.clone().ok(),
        untraced: service.calls.as_ref().err().map(|why| (*why).to_owned()),
        seconds: None,
        failed_calls,
        journal: shown
            .and_then(|trials| Some(trials.get(telling?)?.journal.clone()))
            .unwrap_or_default(),
    }
}
