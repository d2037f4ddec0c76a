//! Which services have a limit to how exposed they may be, and how exposed those are.

use std::collections::BTreeMap;

use anyhow::{Context, Result};

use super::Audit;
use super::policy::{Limit, PolicyRule};
use crate::inspect::{Exposure, ExposureLevel};
use crate::service::UnitName;

/// How exposed a service is, and how exposed it may be.
#[derive(Clone)]
pub struct Exposed<'a> {
    /// The highest level that is allowed.
    pub limit: ExposureLevel,
    /// The rule of the policy that sets it, and where; none: the command line.
    pub rule: Option<(&'a PolicyRule, &'a Limit)>,
    /// What was measured.
    pub exposure: Exposure,
    /// The major version of the systemd that has measured.
    pub systemd: u32,
}

/// Measures the services that have a limit, each target in one go.
pub fn exposed<'a>(audit: &Audit<'a>) -> Result<BTreeMap<UnitName, Exposed<'a>>> {
    let mut exposed = BTreeMap::new();
    let Some(gauge) = audit.gauge else {
        return Ok(exposed);
    };
    for target in &audit.targets {
        let limits: BTreeMap<&UnitName, _> = target
            .bundle
            .services
            .keys()
            .filter_map(|name| Some((name, limit(audit, name)?)))
            .collect();
        if limits.is_empty() {
            continue;
        }
        let names: Vec<_> = limits.keys().copied().collect();
        let mut measured = gauge
            .measure(target.bundle, &names)
            .with_context(|| format!("could not audit {}", target.name))?;
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
    }
    Ok(exposed)
}

type Source<'a> = Option<(&'a PolicyRule, &'a Limit)>;

/// The limit of a service: the command line's, or that of the last rule that has one.
fn limit<'a>(audit: &Audit<'a>, name: &UnitName) -> Option<(ExposureLevel, Source<'a>)> {
    if let Some(level) = audit.max_exposure {
        return Some((level, None));
    }
    let mut rules = audit.policy.rules.iter().rev();
    rules.find_map(|rule| {
        let limit = rule.max_exposure.as_ref()?;
        let counts = rule.is_for(name) && !rule.note.has_expired(audit.today);
        counts.then(|| (ExposureLevel::from_tenths(limit.value), Some((rule, limit))))
    })
}
