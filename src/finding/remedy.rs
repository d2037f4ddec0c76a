//! Remedies of findings.

use crate::change::Changes;
use crate::code::{Code, Level};
use crate::service::UnitName;

/// Something that fixes a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// A change of the service, where it is configured.
    Fix {
        /// What the change achieves, before a comma.
        what: String,
        /// The changes. They can be written where the service is configured.
        changes: Changes,
    },
    /// A change of the policy.
    Policy(PolicyChange),
    /// A change of a script of the service.
    Script {
        /// What the change achieves, before a comma.
        what: String,
        /// The place in the script, after a comma.
        place: String,
        /// The line to add there.
        line: String,
    },
}

/// A change of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PolicyChange {
    /// An exception.
    Except {
        /// The service it applies to.
        service: UnitName,
        /// What it excepts.
        what: Excepted,
    },
    /// Another limit.
    Limit {
        /// The service it applies to.
        service: UnitName,
        /// The key of the rule.
        key: &'static str,
        /// The limit, in TOML.
        value: String,
    },
    /// The level of a code, for all services.
    Level(Code, Level),
    /// One more package that `only` lists.
    Only(String),
}

/// The target of an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Excepted {
    /// All findings with a code.
    Code(Code),
    /// A package, by name.
    Package(String),
    /// A setting, or one assignment to it.
    Setting(String),
}

impl Remedy {
    /// An exception for the policy.
    pub fn exception(service: &UnitName, what: Excepted) -> Self {
        Self::Policy(PolicyChange::Except {
            service: service.clone(),
            what,
        })
    }

    /// An exception from a code, for the policy.
    pub fn excepting(service: &UnitName, code: Code) -> Self {
        Self::exception(service, Excepted::Code(code))
    }

    /// A higher limit for the policy.
    pub fn limit(service: &UnitName, key: &'static str, value: String) -> Self {
        Self::Policy(PolicyChange::Limit {
            service: service.clone(),
            key,
            value,
        })
    }
}
