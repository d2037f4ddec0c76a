//! Services that are not confined, and why.

use std::fmt;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

/// A service that the configuration leaves unconfined (`security.confinix.default` in the NixOS module).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Unconfined {
    /// Who leaves it out.
    #[serde(default, skip_serializing_if = "LeftOutBy::is_configuration")]
    pub by: LeftOutBy,
    /// The reason.
    pub reason: String,
    /// Why no exception is needed; `None` if the service would be confined without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unneeded: Option<Unneeded>,
}

/// Who leaves a service unconfined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOutBy {
    /// The configuration, by an exception with this reason.
    #[default]
    Configuration,
    /// confinix, as one of NixOS's own services (`nix/module/own-services.nix`).
    Confinix,
    /// Nobody: only a package has its unit, of which NixOS and so the module know nothing.
    Package,
}

impl LeftOutBy {
    /// Its name in JSON and for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Confinix => "confinix",
            Self::Package => "package",
        }
    }

    /// Whether it is the configuration, the default, which services values and bundles omit.
    pub fn is_configuration(&self) -> bool {
        *self == Self::Configuration
    }
}

/// Why a service needs no exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unneeded {
    /// Its unit is masked.
    Masked,
    /// It has no Exec line.
    NoCommand,
    /// Its Exec lines name no store path.
    NoStorePath,
}

impl fmt::Display for Unneeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Masked => "its unit is masked (enable = false) and runs nothing",
            Self::NoCommand => "it has no Exec line",
            Self::NoStorePath => "its Exec lines name no store path",
        })
    }
}

impl Unconfined {
    /// Fails if there is no reason, or one that can't be shown on one line.
    pub(crate) fn check(&self) -> Result<()> {
        ensure!(
            !self.reason.trim().is_empty(),
            "it is unconfined without a reason"
        );
        ensure!(
            !self.reason.chars().any(|c| c.is_control() && c != '\n'),
            "the reason {:?} contains a control character: remove it",
            self.reason
        );
        Ok(())
    }
}
