//! What is certain at a place, and what has come to its end.

use super::simple::Way;
use super::visit::{Position, Visit};

/// What has come to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Over {
    #[default]
    Nothing,
    Loop,
    Function,
    Script,
}

/// What the current place is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Within {
    Script,
    /// In a subshell, which ends for itself.
    Subshell,
    /// In a substitution on which nothing depends.
    Aside,
}

/// Builtins of POSIX whose errors end a shell.
const SPECIAL: [&str; 10] = [
    ".", ":", "eval", "exec", "export", "readonly", "set", "shift", "trap", "unset",
];

impl Visit<'_> {
    /// Whether the script ends here if this special builtin can't open a file, whatever comes behind it.
    pub(super) fn ends_without(&self, builtin: &str) -> bool {
        let is_here = self.at.sure && self.at.within == Within::Script;
        self.is_strict && is_here && SPECIAL.contains(&builtin)
    }

    /// Runs a command by `command`, so that no special builtin ends the shell.
    pub(super) fn leniently(&mut self, words: &[Option<String>], way: Way) -> Option<bool> {
        let is_strict = std::mem::replace(&mut self.is_strict, false);
        let value = self.run(words, way);
        self.is_strict = is_strict;
        value
    }

    /// Whether the script certainly gets here and ends if this fails.
    pub(super) fn is_decisive(&self, counts: bool, ends_script: bool) -> bool {
        let has_errexit = self.state.errexit && self.at.counted;
        self.at.sure && counts && self.at.within != Within::Aside && (has_errexit || ends_script)
    }

    /// The script ends with a failure, because of the missing commands from this one on, or of a file that it has tested.
    pub(super) fn fail(&mut self, first: usize) {
        self.at.over = Over::Script;
        self.ended = Some(false);
        if self.at.sure && self.at.within != Within::Aside {
            let first = first.min(self.blamed.len());
            // Without a missing command, a missing file is the reason.
            let absent = self.absent.take().filter(|_| self.blamed.len() == first);
            self.found.opened.extend(absent);
            self.found.calls.extend(self.blamed.drain(first..));
        }
    }

    /// Visits what may not run. Its effects on the rest of the script may remain.
    pub(super) fn maybe(&mut self, visit: impl FnOnce(&mut Self)) {
        let (state, before) = (self.state.clone(), self.at);
        self.at.sure = false;
        self.at.turned = Over::Nothing;
        visit(self);
        let turned = self.at.turned.max(self.at.over);
        self.at = before;
        self.state.join(&state);
        self.turn(turned);
    }

    /// Visits what has variables of its own, and ends for itself.
    pub(super) fn in_subshell(
        &mut self,
        visit: impl FnOnce(&mut Self) -> Option<bool>,
    ) -> Option<bool> {
        let (state, before) = (self.state.clone(), self.at);
        self.at.within = self.at.within.max(Within::Subshell);
        let mut value = visit(self);
        if self.at.over != Over::Nothing {
            value = self.ended;
        }
        self.at = before;
        self.state = state;
        value
    }

    /// Visits a part of the script where `-e` has no effect unless `counts`.
    pub(super) fn counted_if<T>(&mut self, counts: bool, visit: impl FnOnce(&mut Self) -> T) -> T {
        let counted = self.at.counted;
        self.at.counted &= counts;
        let value = visit(self);
        self.at.counted = counted;
        value
    }

    /// Records that an end may have come.
    pub(super) fn turn(&mut self, over: Over) {
        if over != Over::Nothing {
            self.at.sure = false;
            self.at.turned = self.at.turned.max(over);
        }
    }

    /// Leaves a loop or a function that ends here in any case.
    pub(super) fn leave(&mut self, over: Over, before: Position) {
        if self.at.over <= over {
            self.at.over = Over::Nothing;
        }
        if self.at.turned <= over {
            self.at.sure = before.sure;
            self.at.turned = before.turned;
        }
    }
}
