//! Which of the changes of a service are needed: first of those that give up something, with all others made, then of the others.

use super::candidates::Candidate;
use super::minimise::Minimising;

/// The search for the changes that can be left out.
pub struct Narrowing {
    wide: Minimising<Candidate>,
    others: Minimising<Candidate>,
}

impl Narrowing {
    /// Begins with changes that together suffice.
    pub fn of(candidates: Vec<Candidate>) -> Self {
        Self::with(candidates, Minimising::of)
    }

    /// Begins with changes each of which seems to be needed. On a busy machine, an attempt may have failed for another reason.
    pub fn again(candidates: Vec<Candidate>) -> Self {
        Self::with(candidates, Minimising::again)
    }

    fn with(
        candidates: Vec<Candidate>,
        search: impl Fn(Vec<Candidate>) -> Minimising<Candidate>,
    ) -> Self {
        let (wide, mut others): (Vec<_>, Vec<_>) = candidates
            .into_iter()
            .partition(|candidate| candidate.gives_up.is_some());
        others.sort_by_key(Candidate::rank);
        Self {
            wide: search(wide),
            others: search(others),
        }
    }

    /// The attempts to make next, each the changes to try; empty if each one left is needed.
    pub fn next(&self) -> Vec<Vec<Candidate>> {
        let wide = self.wide.next();
        if !wide.is_empty() {
            let others = self.others.kept();
            return wide
                .into_iter()
                .map(|wide| [others, &wide].concat())
                .collect();
        }
        let wide = self.wide.kept();
        let others = self.others.next().into_iter();
        others.map(|others| [&others, wide].concat()).collect()
    }

    /// Takes note of which attempts of [`Self::next`] suffice.
    pub fn learn(&mut self, suffices: &[bool]) {
        if self.wide.next().is_empty() {
            self.others.learn(suffices);
        } else {
            self.wide.learn(suffices);
        }
    }

    /// The changes that are left.
    pub fn kept(&self) -> Vec<Candidate> {
        [self.others.kept(), self.wide.kept()].concat()
    }
}
