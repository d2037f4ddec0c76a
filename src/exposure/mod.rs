//! How exposed services are, as systemd measures it (systemd-analyze(1), `security`).

mod analyze;
mod unit;

use std::collections::BTreeMap;

use anyhow::Result;

use crate::bundle::Bundle;
use crate::service::UnitName;
use crate::systemd::ExposureLevel;

pub use analyze::SystemdAnalyze;

/// What systemd says of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The level.
    pub level: ExposureLevel,
    /// What the unit lacks: `CapabilityBoundingSet=~CAP_SYS_TIME`, with its weight in tenths, rounded up.
    pub lacking: Vec<(String, u64)>,
}

/// What was measured, and by what.
#[derive(Clone, Debug)]
pub struct Exposures {
    /// The major version of systemd, on which the levels depend.
    pub systemd: u32,
    /// What it says of each service that was asked for.
    pub services: BTreeMap<UnitName, Exposure>,
}

/// Something that measures exposure.
pub trait Gauge: Sync {
    /// Measures the merged units of these services of a bundle.
    fn measure(&self, bundle: &Bundle, names: &[&UnitName]) -> Result<Exposures>;
}
