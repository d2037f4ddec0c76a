//! Where services are configured.

use serde::{Deserialize, Serialize};

/// Where services are configured, which decides how a change to them is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// In Nix: a NixOS configuration, or a set in the shape of one.
    #[default]
    Nix,
    /// In unit files, on a machine that need not be NixOS.
    Units,
}

impl Source {
    /// Whether it is Nix, of which a services value and a bundle say nothing.
    pub fn is_nix(&self) -> bool {
        *self == Self::Nix
    }
}
