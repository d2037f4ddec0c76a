//! How a closure gets into the root of a service.

use serde::{Deserialize, Serialize};

/// How the closure gets into the service's root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// A `BindReadOnlyPaths=` for each path; works everywhere.
    Bind,
}

impl Strategy {
    /// The name as options have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bind => "bind",
        }
    }
}
