//! What can be done about a finding.

use crate::change::Changes;
use crate::code::{Code, Level};
use crate::service::UnitName;

/// Something that fixes a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// The service is changed where it is configured.
    Fix {
        /// What that does, before a comma.
        what: String,
        /// What is changed. It can be written where the service is configured.
        changes: Changes,
    },
    /// The policy is changed.
    Policy(PolicyChange),
    /// A script of the service is changed.
    Script {
        /// What that does, before a comma.
        what: String,
        /// Where in the script, behind a comma.
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
        /// The service that it is for.
        service: UnitName,
        /// What is excepted.
        what: Excepted,
    },
    /// Another limit.
    Limit {
        /// The service that it is for.
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

/// What an exception is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Excepted {
    /// All that is found under a code.
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

    /// An exception from a code for the policy.
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
