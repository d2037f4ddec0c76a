//! How exposed services are, as systemd measures it (systemd-analyze(1), `security`).

mod analyze;
mod unit;

use std::collections::BTreeMap;

use anyhow::Result;

use crate::bundle::Bundle;
use crate::service::UnitName;
use crate::systemd::ExposureLevel;

pub use analyze::SystemdAnalyze;

/// The exposure of a service, by systemd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The level.
    pub level: ExposureLevel,
    /// The settings that the unit lacks, such as `CapabilityBoundingSet=~CAP_SYS_TIME`, with their weights in tenths, rounded
    /// up.
    pub lacking: Vec<(String, u64)>,
}

/// The results, and the version of systemd.
#[derive(Clone, Debug)]
pub struct Exposures {
    /// The major version of systemd, on which the levels depend.
    pub systemd: u32,
    /// The exposure of each service.
    pub services: BTreeMap<UnitName, Exposure>,
}

/// Something that measures exposure.
pub trait Gauge: Sync {
    /// Measures the merged units of these services of a bundle.
    fn measure(&self, bundle: &Bundle, names: &[&UnitName]) -> Result<Exposures>;
}
