//! Exposure limits of services, and the measured levels.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::Target;
use super::limit::limit;
use crate::config::{Limit, Policy, PolicyRule};
use crate::date::Date;
use crate::exposure::{Exposure, Gauge};
use crate::service::UnitName;
use crate::systemd::ExposureLevel;

/// How to measure exposure, and the limit from the command line.
pub struct Exposing<'a> {
    /// The limit for every service, which overrides those of the policy.
    pub limit: Option<ExposureLevel>,
    /// Measures the services that have a limit.
    pub gauge: &'a dyn Gauge,
}

/// How exposed a service is, and how exposed it may be.
#[derive(Clone)]
pub struct Exposed<'a> {
    /// The highest allowed level.
    pub limit: ExposureLevel,
    /// The rule of the policy that sets it, with the place; `None` if the command line does.
    pub rule: Option<(&'a PolicyRule, &'a Limit)>,
    /// The measured exposure.
    pub exposure: Exposure,
    /// The major version of the systemd that measured it.
    pub systemd: u32,
}

/// Measures the services of a target that have a limit, all at once.
pub fn exposed<'a>(
    exposing: &Exposing,
    target: &Target,
    policy: &'a Policy,
    today: Date,
) -> Result<BTreeMap<UnitName, Exposed<'a>>> {
    let limit = |name: &UnitName| {
        if let Some(level) = exposing.limit {
            return Some((level, None));
        }
        let rules = policy.rules.iter().filter(|rule| rule.is_for(name));
        let (rule, limit) = limit(rules, today, |rule| rule.max_exposure.as_ref())?;
        Some((ExposureLevel::from_tenths(limit.value), Some((rule, limit))))
    };
    let mut exposed = BTreeMap::new();
    let limits: BTreeMap<&UnitName, _> = target
        .bundle
        .services
        .keys()
        .filter_map(|name| Some((name, limit(name)?)))
        .collect();
    if limits.is_empty() {
        return Ok(exposed);
    }
    let names: Vec<_> = limits.keys().copied().collect();
    let mut measured = exposing
        .gauge
        .measure(target.bundle, &names)
        .with_context(|| {
            let target = target.name;
            format!("cannot audit {target} with --exposure or max-exposure")
        })?;
    for (name, (limit, rule)) in limits {
        if let Some(exposure) = measured.services.remove(name) {
            let systemd = measured.systemd;
            exposed.insert(
                name.clone(),
                Exposed {
                    limit,
                    rule,
                    exposure,
                    systemd,
                },
            );
        }
    }
    Ok(exposed)
}
