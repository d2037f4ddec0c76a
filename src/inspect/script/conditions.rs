//! Conditions whose outcome may be known: tests of files and texts, missing commands.

use brush_parser::ast::{
    CaseClauseCommand, CompoundList, ElseClause, ExtendedTestExpr, IfClauseCommand,
};

use super::Opened;
use super::ends::Within;
use super::parameters::is_plain;
use super::state::Value;
use super::visit::Visit;

/// Tests that fail if there is no file.
const EXISTS: [&str; 8] = ["-S", "-d", "-e", "-f", "-r", "-s", "-w", "-x"];

impl Visit<'_> {
    pub(super) fn if_clause(
        &mut self,
        clause: &IfClauseCommand,
        ends_script: bool,
    ) -> Option<bool> {
        let rest = clause.elses.as_deref().unwrap_or_default();
        let value = self.condition(&clause.condition);
        self.branch(value, &clause.then, rest, ends_script)
    }

    fn branch(
        &mut self,
        value: Option<bool>,
        then: &CompoundList,
        rest: &[ElseClause],
        ends_script: bool,
    ) -> Option<bool> {
        match value {
            Some(true) => return self.list(then, ends_script),
            Some(false) => {}
            None => self.maybe(|visit| {
                visit.list(then, false);
            }),
        }
        let Some((next, rest)) = rest.split_first() else {
            return value.map(|_| true);
        };
        let below = |visit: &mut Self, ends_script| match &next.condition {
            Some(condition) => {
                let value = visit.condition(condition);
                visit.branch(value, &next.body, rest, ends_script)
            }
            None => visit.list(&next.body, ends_script),
        };
        if value.is_some() {
            return below(self, ends_script);
        }
        self.maybe(|visit| {
            below(visit, false);
        });
        None
    }

    pub(super) fn case_clause(
        &mut self,
        clause: &CaseClauseCommand,
        ends_script: bool,
    ) -> Option<bool> {
        let value = self.word(&clause.value.value);
        let mut is_sure = true;
        for case in &clause.cases {
            let mut matching = Some(false);
            for pattern in &case.patterns {
                let text = self.case_pattern(&pattern.value);
                let found = value
                    .as_ref()
                    .zip(text)
                    .map(|(value, text)| matches(value, &text));
                matching = match (matching, found.flatten()) {
                    (Some(true), _) | (_, Some(true)) => Some(true),
                    (Some(false), Some(false)) => Some(false),
                    _ => None,
                };
            }
            let Some(list) = &case.cmd else {
                if matching == Some(true) {
                    return Some(true).filter(|_| is_sure);
                }
                is_sure &= matching.is_some();
                continue;
            };
            match matching {
                Some(true) if is_sure => return self.list(list, ends_script),
                Some(false) => {}
                _ => {
                    is_sure = false;
                    self.maybe(|visit| {
                        visit.list(list, false);
                    });
                    if matching == Some(true) {
                        return None;
                    }
                }
            }
        }
        is_sure.then_some(true)
    }

    /// Visits a condition, and returns its outcome if that is known. Within it, `-e` has no effect.
    pub(super) fn condition(&mut self, list: &CompoundList) -> Option<bool> {
        self.counted_if(false, |visit| visit.list(list, false))
    }

    /// The same as [`Self::test`]. `is_decisive`: whether the script ends if it fails.
    pub(super) fn deciding_test(
        &mut self,
        arguments: &[Option<String>],
        is_decisive: bool,
    ) -> Option<bool> {
        let value = self.test(arguments);
        if let (None, true, [Some(flag), Some(path), ..]) = (value, is_decisive, arguments)
            && EXISTS.contains(&flag.as_str())
            && path.starts_with('/')
        {
            // It may be there, or come to be there.
            self.opened(path.clone(), false, false);
        }
        value
    }

    /// The same of `[[`.
    pub(super) fn deciding_extended_test(
        &mut self,
        test: &ExtendedTestExpr,
        is_decisive: bool,
    ) -> Option<bool> {
        let ExtendedTestExpr::UnaryTest(flag, word) = test else {
            return self.extended_test(test);
        };
        let words = [Some(flag.to_string()), self.word(&word.value)];
        self.deciding_test(&words, is_decisive)
    }

    /// Returns the outcome of `test` or `[` with these arguments, if that is known.
    pub(super) fn test(&mut self, arguments: &[Option<String>]) -> Option<bool> {
        let paths = arguments
            .iter()
            .flatten()
            .filter(|word| word.starts_with('/'));
        self.script.tested.extend(paths.cloned());
        let arguments: Vec<_> = arguments.iter().map(Option::as_deref).collect();
        let arguments = match arguments.as_slice() {
            [rest @ .., Some("]")] => rest,
            all => all,
        };
        match arguments {
            [Some("!"), rest @ ..] if !rest.is_empty() => Some(!self.simple_test(rest)?),
            all => self.simple_test(all),
        }
    }

    fn simple_test(&mut self, arguments: &[Option<&str>]) -> Option<bool> {
        match arguments {
            [] => Some(false),
            [Some(text)] | [Some("-n"), Some(text)] => Some(!text.is_empty()),
            [Some("-z"), Some(text)] => Some(text.is_empty()),
            // As of `[ $x = y ]` where the variable is empty: an error.
            [Some(operator), Some(_)] if !operator.starts_with('-') => Some(false),
            [Some(flag), Some(path)] => self.file_test(flag, path),
            [Some(left), Some(operator), Some(right)] => compared(left, operator, right),
            _ => None,
        }
    }

    /// The outcome of the test of a file.
    fn file_test(&mut self, flag: &str, path: &str) -> Option<bool> {
        let value = self.world.test(flag, path);
        if value == Some(false) && self.world.test("-e", path) == Some(false) {
            self.is_absent(path);
        }
        if value.is_none() && path.starts_with('/') && EXISTS.contains(&flag) {
            self.undecided = self.asked_for(path, false);
        }
        value
    }

    /// Notes a file that the script asks for and that does not exist.
    pub(super) fn is_absent(&mut self, path: &str) {
        let is_certain = self.at.sure;
        let known = self.absent.take();
        // One that is certain tells more.
        let stays = known.as_ref().is_some_and(|it| it.is_certain) && !is_certain;
        let asked = self.asked_for(path, is_certain).filter(|_| !stays);
        self.absent = asked.or(known);
    }

    fn asked_for(&self, path: &str, is_certain: bool) -> Option<Opened> {
        (self.at.within != Within::Aside).then(|| Opened {
            path: path.to_owned(),
            is_made: false,
            is_certain,
            line: self.line,
        })
    }

    /// The outcome of `((NAME OPERATOR NUMBER))`, if it is known.
    pub(super) fn arithmetic_test(&self, expression: &str) -> Option<bool> {
        let words: Vec<_> = expression.split_whitespace().collect();
        let [name, operator, number] = words.as_slice() else {
            return None;
        };
        let Value::Known(value) = self.state.variable(name.trim_start_matches('$')) else {
            return None;
        };
        let operator = match *operator {
            "==" => "-eq",
            "!=" => "-ne",
            "<" => "-lt",
            "<=" => "-le",
            ">" => "-gt",
            ">=" => "-ge",
            _ => return None,
        };
        number.parse::<i64>().ok()?;
        compared(&value, operator, number)
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
            ExtendedTestExpr::BinaryTest(operator, left, right) => {
                let left = self.word(&left.value);
                let right = self.word(&right.value);
                let operator = operator.to_string();
                compared(&left?, &operator, &right?)
            }
        }
    }
}

/// What `[ LEFT OPERATOR RIGHT ]` comes to.
fn compared(left: &str, operator: &str, right: &str) -> Option<bool> {
    let numbers = || {
        let left: i64 = left.trim().parse().ok()?;
        Some((left, right.trim().parse::<i64>().ok()?))
    };
    Some(match operator {
        "=" | "==" => left == right,
        "!=" => left != right,
        "-eq" => numbers().map(|(left, right)| left == right)?,
        "-ne" => numbers().map(|(left, right)| left != right)?,
        "-lt" => numbers().map(|(left, right)| left < right)?,
        "-le" => numbers().map(|(left, right)| left <= right)?,
        "-gt" => numbers().map(|(left, right)| left > right)?,
        "-ge" => numbers().map(|(left, right)| left >= right)?,
        _ => return None,
    })
}

/// Whether a text matches a pattern, if that is easily told.
fn matches(text: &str, pattern: &str) -> Option<bool> {
    if is_plain(pattern) {
        return Some(text == pattern);
    }
    if pattern == "*" {
        return Some(true);
    }
    if let Some(start) = pattern.strip_suffix('*').filter(|start| is_plain(start)) {
        return Some(text.starts_with(start));
    }
    let end = pattern.strip_prefix('*').filter(|end| is_plain(end))?;
    Some(text.ends_with(end))
}
