//! Finds out which of several changes are needed, by leaving some out: parts of them at once, at last one by one, with several attempts
//! side by side (delta debugging).

/// As many attempts are made side by side.
pub const SIDE_BY_SIDE: usize = 4;

/// The search for the changes that can be left out. What comes first is left out first.
#[derive(Clone, Debug)]
pub struct Minimising<T> {
    kept: Vec<T>,
    /// As many are left out at once.
    size: usize,
    /// From this one on.
    at: usize,
    /// Whether something was left out since the last start from the beginning.
    has_changed: bool,
    /// Parts that can each be left out: whether they can be together is not known yet.
    each: Vec<usize>,
}

impl<T: Clone> Minimising<T> {
    /// Begins with changes that together suffice.
    pub fn of(kept: Vec<T>) -> Self {
        Self {
            size: kept.len().div_ceil(SIDE_BY_SIDE),
            kept,
            at: 0,
            has_changed: false,
            each: Vec::new(),
        }
    }

    /// Begins with changes each of which seems to be needed: each is left out once more.
    pub fn again(kept: Vec<T>) -> Self {
        Self {
            size: usize::from(!kept.is_empty()),
            ..Self::of(kept)
        }
    }

    /// The attempts to make next, each the changes to try; empty if each one left is needed.
    pub fn next(&self) -> Vec<Vec<T>> {
        if self.size == 0 || self.kept.is_empty() {
            return Vec::new();
        }
        if !self.each.is_empty() {
            return vec![self.without(&self.each)];
        }
        self.parts().map(|part| self.without(&[part])).collect()
    }

    /// Takes note of which attempts of [`Self::next`] suffice.
    pub fn learn(&mut self, suffices: &[bool]) {
        if self.each.is_empty() {
            let parts: Vec<usize> = self.parts().collect();
            let each = parts
                .into_iter()
                .zip(suffices)
                .filter(|(_, suffices)| **suffices);
            self.each = each.map(|(part, _)| part).collect();
            match self.each[..] {
                [] => self.at += self.size * SIDE_BY_SIDE,
                [one] => self.leave_out(&[one]),
                _ => return,
            }
        } else {
            let together = std::mem::take(&mut self.each);
            if suffices == [true] {
                self.leave_out(&together);
            } else {
                self.leave_out(&together[..1]);
            }
        }
        self.each.clear();
        if self.at < self.kept.len() {
            return;
        }
        self.at = 0;
        // One change may have been needed only because of another that is gone.
        if self.size == 1 {
            self.size = usize::from(self.has_changed && !self.kept.is_empty());
        } else {
            self.size = self.size.div_ceil(SIDE_BY_SIDE);
        }
        self.has_changed = false;
    }

    /// The changes that are left.
    pub fn kept(&self) -> &[T] {
        &self.kept
    }

    /// Where the parts begin that are looked at next.
    fn parts(&self) -> impl Iterator<Item = usize> + use<T> {
        let starts = (self.at..self.kept.len()).step_by(self.size.max(1));
        starts.take(SIDE_BY_SIDE)
    }

    fn without(&self, parts: &[usize]) -> Vec<T> {
        let is_out = |index: usize| {
            parts
                .iter()
                .any(|part| (*part..part + self.size).contains(&index))
        };
        let indexed = self.kept.iter().enumerate();
        indexed
            .filter(|(index, _)| !is_out(*index))
            .map(|(_, one)| one.clone())
            .collect()
    }

    fn leave_out(&mut self, parts: &[usize]) {
        self.kept = self.without(parts);
        self.has_changed = true;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_needed_is_left_and_nothing_else(all in 0_usize..40, needed in proptest::collection::btree_set(0_usize..40, 0..6)) {
            let needed: Vec<usize> = needed.into_iter().filter(|one| *one < all).collect();
            let mut minimising = Minimising::of((0..all).collect());
            let mut steps = 0;
            loop {
                let next = minimising.next();
                if next.is_empty() {
                    break;
                }
                prop_assert!(next.len() <= SIDE_BY_SIDE);
                let suffices: Vec<bool> = next.iter().map(|next| needed.iter().all(|one| next.contains(one))).collect();
                minimising.learn(&suffices);
                steps += 1;
                prop_assert!(steps < 60);
            }
            prop_assert_eq!(minimising.kept(), needed);
        }
    }

    #[test]
    fn what_only_seemed_to_be_needed_is_left_out_the_second_time() {
        let mut minimising = Minimising::again(vec![1, 2, 3, 4, 5, 6]);
        loop {
            let next = minimising.next();
            if next.is_empty() {
                break;
            }
            let suffices: Vec<bool> = next.iter().map(|next| next.contains(&2)).collect();
            minimising.learn(&suffices);
        }
        assert_eq!(minimising.kept(), [2]);
        assert!(Minimising::<u8>::again(Vec::new()).next().is_empty());
    }

    #[test]
    fn of_two_that_do_the_same_the_later_is_left() {
        let mut minimising = Minimising::of(vec!["wide", "narrow"]);
        loop {
            let next = minimising.next();
            if next.is_empty() {
                break;
            }
            let suffices: Vec<bool> = next.iter().map(|next| !next.is_empty()).collect();
            minimising.learn(&suffices);
        }
        assert_eq!(minimising.kept(), ["narrow"]);
    }
}
