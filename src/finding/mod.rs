//! Findings, and the drafts that rules make of them.

mod amount;
mod confined;
mod remedy;

pub use amount::Amount;
pub use confined::Confined;
pub use remedy::{Excepted, PolicyChange, Remedy};

use crate::bundle::Chain;
use crate::code::{Code, Level};
use crate::config::Place;
use crate::service::UnitName;
use crate::store::StorePath;
use crate::systemd::Setting;

/// One thing that an audit has to say.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its code.
    pub code: Code,
    /// What comes of it.
    pub level: Level,
    /// The service it is about; none: the policy or the baseline.
    pub service: Option<UnitName>,
    /// What it is about, in a word that stays the same when versions change: a package, a setting, a key of the policy.
    pub subject: String,
    /// How much it is, where it is a matter of quantity.
    pub amount: Option<Amount>,
    /// What is the matter, in a sentence without full stop.
    pub message: String,
    /// The store path it is about.
    pub path: Option<StorePath>,
    /// How many more store paths are concerned.
    pub more_paths: usize,
    /// The shortest way to the path.
    pub chain: Option<Chain>,
    /// What can be done about it, the best first.
    pub remedies: Vec<Remedy>,
    /// The entry of the policy or the baseline it is about or due to.
    pub place: Option<Place>,
    /// Why the policy has that entry.
    pub reason: Option<String>,
    /// Where the policy says it is discussed.
    pub issue: Option<String>,
}

impl Finding {
    /// The finding that a draft becomes, but for its service and its chain.
    pub fn new(code: Code, level: Level, draft: Draft) -> Self {
        Self {
            code,
            level,
            service: None,
            subject: draft.subject,
            amount: draft.amount,
            message: draft.message,
            path: draft.path,
            more_paths: 0,
            chain: None,
            remedies: draft.remedies,
            place: draft.place,
            reason: draft.reason,
            issue: draft.issue,
        }
    }
}

/// What a rule says of a service, before the policy's exceptions and levels.
#[derive(Clone, Debug)]
pub struct Draft {
    /// See [`Finding::subject`]; for a package its name, by which exceptions find it.
    pub subject: String,
    /// See [`Finding::message`].
    pub message: String,
    /// The store path it is about.
    pub path: Option<StorePath>,
    /// Whether it is no more than likely, so that it is a warning where neither the policy nor the command line say otherwise.
    pub is_uncertain: bool,
    /// The setting it is about, by which exceptions find it.
    pub setting: Option<Setting>,
    /// See [`Finding::amount`].
    pub amount: Option<Amount>,
    /// See [`Finding::remedies`].
    pub remedies: Vec<Remedy>,
    /// See [`Finding::place`].
    pub place: Option<Place>,
    /// See [`Finding::reason`].
    pub reason: Option<String>,
    /// See [`Finding::issue`].
    pub issue: Option<String>,
}

impl Draft {
    /// A draft about nothing but its subject.
    pub fn new(subject: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            message: message.into(),
            path: None,
            is_uncertain: false,
            setting: None,
            amount: None,
            remedies: Vec::new(),
            place: None,
            reason: None,
            issue: None,
        }
    }
}

/// A draft with its code, made where what will not work is foreseen.
pub struct Foreseen {
    /// Its code.
    pub code: Code,
    /// What it has to say.
    pub draft: Draft,
}
