//! Loops, which are followed as often as their words are known.

use brush_parser::ast::{CompoundList, ForClauseCommand};

use super::Call;
use super::ends::Over;
use super::state::Words;
use super::visit::Visit;

/// A loop over more words than this is followed once, for any of them.
const MAX_WORDS: usize = 16;

/// Programs that make no file that others wait for.
const MAKE_NOTHING: [&str; 8] = [
    "cat", "chmod", "date", "echo", "logger", "mkdir", "printf", "sleep",
];

impl Visit<'_> {
    pub(super) fn for_clause(&mut self, clause: &ForClauseCommand) -> Option<bool> {
        let words = match &clause.values {
            Some(values) => {
                let mut words = Some(Vec::new());
                for value in values {
                    let more = self.values(&value.value);
                    words = words.zip(more).map(|(words, more)| [words, more].concat());
                }
                words
            }
            None => self.state.positional.clone(),
        };
        let before = self.at;
        let body = &clause.body.list;
        match words.filter(|words| words.len() <= MAX_WORDS) {
            Some(words) => {
                let mut is_over = false;
                for word in words {
                    if is_over {
                        break;
                    }
                    self.state.assign(&clause.variable_name, word);
                    is_over = self.once(body);
                }
            }
            None => self.maybe(|visit| {
                visit.state.assign(&clause.variable_name, None);
                visit.list(body, false);
            }),
        }
        self.leave(Over::Loop, before);
        None
    }

    /// Whether anything that has been called may have made any file.
    fn may_have_made(&self) -> bool {
        let is_maker = |call: &Call| {
            let name = call.word.rsplit('/').next().unwrap_or_default();
            !MAKE_NOTHING.contains(&name)
        };
        self.found.calls.iter().any(is_maker)
    }

    /// Runs the body of a loop once. Whether that ends the loop.
    pub(super) fn once(&mut self, body: &CompoundList) -> bool {
        self.list(body, false);
        let is_over = self.at.over > Over::Loop || self.at.over == Over::Loop && self.is_broken;
        if self.at.over == Over::Loop {
            self.at.over = Over::Nothing;
        }
        is_over
    }

    /// The words that a loop runs over; `None` if only the running script knows how many there are.
    fn values(&mut self, value: &str) -> Option<Words> {
        let Some((dir, pattern)) = self.pattern(value) else {
            let words = self.words(value);
            return words.iter().all(Option::is_some).then_some(words);
        };
        // Without the directory nothing matches.
        let is_missing = self.world.test("-d", &dir) == Some(false)
            || self.world.has_match(&pattern) == Some(false);
        if is_missing {
            self.is_absent(&dir);
        }
        is_missing.then(|| {
            if self.state.nullglob {
                Vec::new()
            } else {
                vec![Some(pattern)]
            }
        })
    }

    /// `while` if `wanted`, else `until`.
    pub(super) fn while_clause(
        &mut self,
        condition: &CompoundList,
        body: &CompoundList,
        wanted: bool,
    ) -> Option<bool> {
        if let Some(given) = self.given_options(condition).filter(|_| wanted) {
            self.options(given, body);
            return None;
        }
        let blamed = self.blamed.len();
        let absent = self.absent.take();
        self.undecided = None;
        let value = self.condition(condition);
        let waited = self.absent.take();
        let waited = waited.filter(|it| it.is_certain && value == Some(wanted));
        self.absent = absent;
        // Of what has been started before, anything may make the file.
        let is_open = one_test(condition) == Some(wanted) && !self.may_have_made();
        let undecided = self.undecided.take().filter(|_| is_open);
        if let Some(waited) = &waited
            && self.may_end(&body.to_string())
        {
            self.opened(waited.path.clone(), false, false);
        }
        // One that waits for a missing command has no end.
        let is_waiting = value.is_some() && self.blamed.len() > blamed;
        if value == Some(!wanted) {
            return Some(true);
        }
        let before = self.at;
        let state = self.state.clone();
        if value.is_none() {
            self.maybe(|visit| {
                visit.list(body, false);
            });
        } else {
            self.list(body, false);
        }
        // What comes behind it knows nothing of how often it ran.
        self.state.join(&state);
        let is_endless = value.is_some() && is_constant(condition);
        let has_no_end = self.at.over == Over::Nothing && self.at.turned < Over::Loop;
        let waited = waited.or(undecided);
        if let Some(waited) = waited.filter(|_| before.sure && has_no_end)
            && one_test(condition).is_some()
            && !self.may_end(&body.to_string())
        {
            self.script.waits.get_or_insert(waited);
            // What comes behind it is visited all the same: it shows what else is missing.
            self.turn(Over::Script);
            return None;
        }
        if is_endless && has_no_end && before.sure {
            self.at.over = Over::Script;
            self.ended = None;
            return None;
        }
        self.leave(Over::Loop, before);
        if is_waiting {
            self.turn(Over::Script);
        }
        None
    }
}

/// Whether a condition is negated that is one test of a file and nothing else, so that nothing else ends the loop; `None` for any other.
fn one_test(condition: &CompoundList) -> Option<bool> {
    let text = condition.to_string();
    let words: Vec<_> = text
        .trim()
        .trim_end_matches(';')
        .split_whitespace()
        .collect();
    let (is_outside, words) = without_negation(&words);
    let (["[", test @ .., "]"] | ["[[", test @ .., "]]"] | ["test", test @ ..]) = words else {
        return None;
    };
    let (is_inside, test) = without_negation(test);
    (test.len() == 2).then_some(is_outside != is_inside)
}

fn without_negation<'w, 't>(words: &'w [&'t str]) -> (bool, &'w [&'t str]) {
    match words {
        ["!", rest @ ..] => (true, rest),
        all => (false, all),
    }
}

/// Whether a condition is `true` or `:`.
fn is_constant(condition: &CompoundList) -> bool {
    matches!(
        condition.to_string().trim(),
        "true" | ":" | "[ 1 ]" | "true;" | ":;"
    )
}
