//! Groups drafts about the same subject into one finding.

use std::collections::BTreeSet;

use crate::bundle::{Chain, Why};
use crate::code::{Code, Level};
use crate::finding::{Draft, Finding};
use crate::store::StorePath;

/// Further places where a finding was found that are reported.
const MAX_EVIDENCE: usize = 100;

/// Drafts about the same subject, which become one finding.
pub(super) struct Group {
    code: Code,
    /// The highest level of the drafts.
    pub level: Level,
    /// The drafts.
    pub drafts: Vec<Draft>,
}

impl Group {
    pub fn new(code: Code, level: Level) -> Self {
        Self {
            code,
            level,
            drafts: Vec::new(),
        }
    }

    /// Makes the finding from the draft with the shortest chain; certain drafts are preferred. `None` without drafts.
    pub fn finding(self, why: &Why) -> Option<Finding> {
        let chain = |draft: &Draft| draft.path.as_ref().and_then(|path| why.shortest(path));
        let paths: BTreeSet<StorePath> = self
            .drafts
            .iter()
            .filter_map(|draft| draft.path.clone())
            .collect();
        let messages: BTreeSet<String> = self
            .drafts
            .iter()
            .map(|draft| draft.message.clone())
            .collect();
        let (draft, chain): (Draft, Option<Chain>) = self
            .drafts
            .into_iter()
            .map(|draft| {
                let chain = chain(&draft);
                (draft, chain)
            })
            .min_by_key(|(draft, chain)| {
                let length = chain.as_ref().map(|chain| chain.paths.len());
                (draft.is_uncertain, length)
            })?;
        let mut finding = Finding {
            chain,
            more_paths: paths.len().saturating_sub(1),
            ..Finding::new(self.code, self.level, draft)
        };
        let others = messages
            .into_iter()
            .filter(|message| *message != finding.message);
        finding.evidence.extend(others.take(MAX_EVIDENCE));
        Some(finding)
    }
}
