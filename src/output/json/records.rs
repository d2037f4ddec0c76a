//! What records show about a service of a bundle, for scripts.

use serde::Serialize;

use crate::bundle::BundleService;
use crate::observe::Observation;
use crate::rehearse::{Records, Word};
use crate::service::UnitName;

/// A record that fits a service.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fitting<'a> {
    verdict: Word,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    observation: Option<&'a Observation>,
}

/// The records that fit a service; `None` without records. What it touched is only in the details.
pub fn fitting<'a>(
    records: &'a Records,
    name: &UnitName,
    service: &BundleService,
    is_detailed: bool,
) -> Option<Vec<Fitting<'a>>> {
    let recorded = records.fitting(name, service);
    let fitting = recorded.map(|recorded| Fitting {
        verdict: recorded.verdict,
        seconds: recorded.seconds,
        observation: recorded.observation.as_ref().filter(|_| is_detailed),
    });
    (!records.is_empty()).then(|| fitting.collect())
}
