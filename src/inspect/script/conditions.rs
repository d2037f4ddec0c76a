//! Conditions with a known outcome: tests of files that the root has or can't have.

use brush_parser::ast::{CompoundList, ElseClause, ExtendedTestExpr, IfClauseCommand};

use super::visit::Visit;

impl Visit<'_> {
    pub(super) fn if_clause(&mut self, clause: &IfClauseCommand, ends_script: bool) {
        let rest = clause.elses.as_deref().unwrap_or_default();
        let value = self.condition(&clause.condition);
        self.branch(value, &clause.then, rest, ends_script);
    }

    fn branch(
        &mut self,
        value: Option<bool>,
        then: &CompoundList,
        rest: &[ElseClause],
        ends_script: bool,
    ) {
        if value != Some(false) {
            self.perhaps(value.is_some(), then, ends_script);
        }
        let (false, Some((next, rest))) = (value == Some(true), rest.split_first()) else {
            return;
        };
        let below = |visit: &mut Self, ends_script| match &next.condition {
            Some(condition) => {
                let value = visit.condition(condition);
                visit.branch(value, &next.body, rest, ends_script);
            }
            None => visit.list(&next.body, ends_script),
        };
        if value.is_some() {
            below(self, ends_script);
        } else {
            self.maybe(|visit| below(visit, false));
        }
    }

    fn perhaps(&mut self, surely: bool, list: &CompoundList, ends_script: bool) {
        if surely {
            self.list(list, ends_script);
        } else {
            self.maybe(|visit| visit.list(list, false));
        }
    }

    /// Visits a condition, and returns its outcome if that is known. Within it, `-e` has no effect.
    pub(super) fn condition(&mut self, list: &CompoundList) -> Option<bool> {
        let mut value = None;
        self.maybe(|visit| {
            for item in &list.0 {
                value = visit.and_or(&item.0, false);
            }
        });
        value
    }

    /// Returns the outcome of `test` or `[` with these arguments, if that is known.
    pub(super) fn test(&mut self, arguments: &[Option<String>]) -> Option<bool> {
        let paths = arguments
            .iter()
            .flatten()
            .filter(|word| word.starts_with('/'));
        self.script.tested.extend(paths.cloned());
        let arguments: Vec<_> = arguments.iter().map(Option::as_deref).collect();
        let (negated, arguments) = match arguments.as_slice() {
            [Some("!"), rest @ ..] => (true, rest),
            all => (false, all),
        };
        match arguments {
            [Some(flag), Some(path)] | [Some(flag), Some(path), Some("]")] => {
                Some((self.tests)(flag, path)? != negated)
            }
            _ => None,
        }
    }

    pub(super) fn extended_test(&mut self, test: &ExtendedTestExpr) -> Option<bool> {
        match test {
            ExtendedTestExpr::Not(test) => Some(!self.extended_test(test)?),
            ExtendedTestExpr::Parenthesized(test) => self.extended_test(test),
            ExtendedTestExpr::And(left, right) => {
                match (self.extended_test(left), self.extended_test(right)) {
                    (Some(false), _) | (_, Some(false)) => Some(false),
                    (left, right) => Some(left? && right?),
                }
            }
            ExtendedTestExpr::Or(left, right) => {
                match (self.extended_test(left), self.extended_test(right)) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (left, right) => Some(left? || right?),
                }
            }
            ExtendedTestExpr::UnaryTest(flag, word) => {
                let flag = flag.to_string();
                let word = self.word(&word.value);
                self.test(&[Some(flag), word])
            }
            ExtendedTestExpr::BinaryTest(_, left, right) => {
                self.word(&left.value);
                self.word(&right.value);
                None
            }
        }
    }
}
