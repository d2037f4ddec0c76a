//! What is decided about a service.

use crate::audit::stable;
use crate::change::{Change, Line, Site, compatible, lines};
use crate::text::{Terminal, Text, text};

/// What a reason begins with that a rehearsal found.
pub const REHEARSED: &str = "rehearsed: ";

/// A change with why it is made.
#[derive(Clone, Debug)]
pub struct Made {
    /// The change.
    pub change: Change,
    /// Why, in one line.
    pub reason: String,
    /// Where that was found, each in one line.
    pub evidence: Vec<String>,
}

/// A line of the configuration of a service, with what is said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The line.
    pub line: Line,
    /// Why it is there.
    pub reasons: Vec<String>,
    /// Where that was found.
    pub evidence: Vec<String>,
}

/// What is decided about a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It is confined, with these lines.
    Confined {
        /// The lines, without the one that confines it.
        entries: Vec<Entry>,
        /// What may not work all the same.
        unresolved: Vec<String>,
    },
    /// It stays as it is.
    Out {
        /// Why.
        reason: String,
        /// Where that was found.
        evidence: Vec<String>,
    },
}

impl Decision {
    /// A service that stays as it is.
    pub fn out(reason: impl Into<String>) -> Self {
        Self::Out {
            reason: reason.into(),
            evidence: Vec::new(),
        }
    }

    /// A service that is confined with these changes. It stays out if one can't be written where it is configured.
    pub fn with(made: &[Made], site: &Site, unresolved: Vec<String>) -> Self {
        match entries(made, site) {
            Ok(entries) => Self::Confined {
                entries,
                unresolved,
            }
            .ordered(),
            Err(change) => Self::out(one_line(&format!(
                "it needs {}{change} in its unit, which confinix.toml can't have: add that to a drop-in of the unit, and migrate again",
                change.option()
            ))),
        }
    }

    /// The same, with the lines of an option beside one another.
    #[must_use]
    pub fn ordered(mut self) -> Self {
        if let Self::Confined { entries, .. } = &mut self {
            entries.sort_by(|a, b| a.line.option.cmp(&b.line.option));
        }
        self
    }

    /// The same, without where things were found.
    #[must_use]
    pub fn without_evidence(mut self) -> Self {
        match &mut self {
            Self::Confined { entries, .. } => {
                for entry in entries {
                    entry.evidence.clear();
                }
            }
            Self::Out { evidence, .. } => evidence.clear(),
        }
        self
    }

    /// Whether it is confined.
    pub fn is_confined(&self) -> bool {
        matches!(self, Self::Confined { .. })
    }
}

/// The lines of changes with their reasons. Of two changes that exclude each other, only the first is made.
fn entries(made: &[Made], site: &Site) -> Result<Vec<Entry>, Change> {
    let merged = compatible(made.iter().map(|made| &made.change));
    let of_each: Vec<_> = made
        .iter()
        .map(|made| lines(std::slice::from_ref(&made.change), site).map(|lines| (made, lines)))
        .collect::<Result<_, _>>()?;
    let entry = |line: Line| {
        let mut entry = Entry {
            line,
            reasons: Vec::new(),
            evidence: Vec::new(),
        };
        for (made, lines) in &of_each {
            let has = lines.iter().any(|line| entry.line.is_same(line));
            if has && !entry.reasons.contains(&made.reason) {
                entry.reasons.push(made.reason.clone());
                entry.evidence.extend(made.evidence.iter().cloned());
            }
        }
        entry
    };
    Ok(lines(&merged, site)?.into_iter().map(entry).collect())
}

/// A text as a comment has it: one line without characters that could have an effect, and without hashes and versions, which every update
/// changes.
pub fn one_line(told: &str) -> String {
    let told: Text<Terminal> = text!("{}", stable(told));
    told.as_str()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}
