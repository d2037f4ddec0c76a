//! Findings, and the drafts that rules make of them.

mod amount;
mod confined;
mod remedy;

pub use amount::Amount;
pub use confined::Confined;
pub use remedy::{Excepted, PolicyChange, Remedy};

use crate::bundle::Chain;
use crate::code::{Code, Level};
use crate::config::{Note, Place};
use crate::service::HostService;
use crate::store::StorePath;
use crate::systemd::Setting;

/// One result of an audit.
#[derive(Clone, Debug)]
pub struct Finding {
    /// Its code.
    pub code: Code,
    /// Its level.
    pub level: Level,
    /// The service it is about; `None` for the policy or the baseline.
    pub service: Option<HostService>,
    /// What it is about, in a word that stays the same when versions change: a package, a setting, a key of the policy.
    pub subject: String,
    /// The amount, if it is about a quantity.
    pub amount: Option<Amount>,
    /// The message: a sentence without full stop.
    pub message: String,
    /// The messages of all places where it was found, without repetitions: that of the finding, then others.
    pub evidence: Vec<String>,
    /// The store path it is about.
    pub path: Option<StorePath>,
    /// How many more store paths it is about.
    pub more_paths: usize,
    /// The shortest chain to the path.
    pub chain: Option<Chain>,
    /// Its remedies, the best first.
    pub remedies: Vec<Remedy>,
    /// The entry of the policy or the baseline that it is about, or that caused it.
    pub place: Option<Place>,
    /// The reason of that entry.
    pub reason: Option<String>,
    /// The issue of that entry.
    pub issue: Option<String>,
}

impl Finding {
    /// The finding of a draft, without its service and its chain.
    pub fn new(code: Code, level: Level, draft: Draft) -> Self {
        Self {
            code,
            level,
            service: None,
            subject: draft.subject,
            amount: draft.amount,
            evidence: vec![draft.message.clone()],
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

/// What a rule reports about a service, before the policy's exceptions and levels apply.
#[derive(Clone, Debug)]
pub struct Draft {
    /// See [`Finding::subject`]; for a package its name, which exceptions match.
    pub subject: String,
    /// See [`Finding::message`].
    pub message: String,
    /// The store path it is about.
    pub path: Option<StorePath>,
    /// Whether it is uncertain, and so a warning unless the policy or the command line sets a level.
    pub is_uncertain: bool,
    /// The setting it is about; exceptions match it.
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
    /// A draft with only a subject and a message.
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

    /// The draft, caused by an entry of the policy.
    #[must_use]
    pub fn by_entry(self, place: &Place, note: &Note) -> Self {
        Self {
            place: Some(place.clone()),
            reason: note.reason.clone(),
            issue: note.issue.clone(),
            ..self
        }
    }
}

/// A draft with its code, made by foresight.
pub struct Foreseen {
    /// Its code.
    pub code: Code,
    /// The draft.
    pub draft: Draft,
}
