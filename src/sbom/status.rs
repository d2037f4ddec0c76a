//! How an advisory concerns a service.

use crate::advisory::Verdict;

/// How an advisory concerns a service, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The closure of the service does not have the component at all.
    ComponentNotPresent,
    /// It has the component, in versions that are not affected.
    Unaffected,
    /// This can't be told.
    Unknown,
    /// It has an affected version of the component.
    Affected,
}

impl Status {
    /// Its name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Affected => "affected",
            Self::Unknown => "unknown",
            Self::Unaffected => "unaffected",
            Self::ComponentNotPresent => "component_not_present",
        }
    }

    /// Its name in text for people.
    pub fn words(self) -> &'static str {
        match self {
            Self::ComponentNotPresent => "not present",
            other => other.name(),
        }
    }
}

impl From<Verdict> for Status {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Affected => Self::Affected,
            Verdict::Unaffected => Self::Unaffected,
            Verdict::Unknown(_) => Self::Unknown,
        }
    }
}
