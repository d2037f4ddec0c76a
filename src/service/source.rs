//! The configuration language of services.

use serde::{Deserialize, Serialize};

/// Where services are configured. This determines how a change to them is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// In Nix: a NixOS configuration or a plain set.
    #[default]
    Nix,
    /// In Nix, in the sections of home-manager.
    HomeManager,
    /// In unit files, possibly on a machine without NixOS.
    Units,
}

impl Source {
    /// Returns whether it is the default, which services values and bundles omit.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Returns whether it is Nix, in whichever shape.
    pub fn is_nix(&self) -> bool {
        *self != Self::Units
    }
}
