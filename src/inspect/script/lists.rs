//! Lists and pipelines: what depends on the outcome of a command.

use brush_parser::ast::{
    AndOr, AndOrList, Command, CommandPrefixOrSuffixItem, CompoundCommand, CompoundList,
    IoFileRedirectTarget, IoRedirect, Pipeline,
};

use super::ends::{Over, Within};
use super::state::{Failure, Words};
use super::visit::Visit;

/// What does not fail, and what looks at how a command has failed.
const GO_ON: [&str; 7] = [":", "[", "echo", "logger", "printf", "test", "true"];

impl Visit<'_> {
    /// Returns the outcome of the list, if it is known.
    pub fn and_or(&mut self, list: &AndOrList, ends_script: bool) -> Option<bool> {
        if self.at.over != Over::Nothing {
            return None;
        }
        let blamed = self.blamed.len();
        let count = list.additional.len();
        let mut value = match list.additional.as_slice() {
            [AndOr::Or(end)] if self.fails(end, 0) => self.needed(&list.first, blamed),
            [AndOr::Or(end)] if is_silent(&list.first) || goes_on(end) => {
                let failure = if is_silent(&list.first) {
                    Failure::Silent
                } else {
                    Failure::Handled
                };
                let before = std::mem::replace(&mut self.failure, failure);
                let value = self.pipeline(&list.first, false, false);
                self.failure = before;
                value
            }
            _ => self.pipeline(&list.first, count == 0, ends_script && count == 0),
        };
        // What has run last, if that is the last of the list.
        let mut last = Some(&list.first).filter(|_| count == 0);
        for (index, next) in list.additional.iter().enumerate() {
            if self.at.over != Over::Nothing {
                return None;
            }
            let is_last = index + 1 == count;
            let (pipeline, wanted) = match next {
                AndOr::And(pipeline) => (pipeline, true),
                AndOr::Or(pipeline) => (pipeline, false),
            };
            // A command whose file can't be opened fails, and does not end a script here.
            let known = value.filter(|value| !(*value && wanted && self.opens_of_host()));
            match known {
                Some(known) if known != wanted => {}
                Some(_) => {
                    value = self.pipeline(pipeline, is_last, ends_script && is_last);
                    last = Some(pipeline).filter(|_| is_last);
                }
                None => self.maybe(|visit| {
                    visit.pipeline(pipeline, false, false);
                }),
            }
        }
        let counts = last.is_some_and(|pipeline| !pipeline.bang);
        if counts && self.is_decisive(true, false) && value == Some(false) {
            value = self.without(blamed);
        }
        self.state.status = value;
        value
    }

    /// The first part of `… || exit 1`: if it fails, so does the script.
    fn needed(&mut self, pipeline: &Pipeline, blamed: usize) -> Option<bool> {
        let errexit = std::mem::replace(&mut self.state.errexit, true);
        let counted = std::mem::replace(&mut self.at.counted, self.at.within != Within::Aside);
        let value = self.pipeline(pipeline, true, false);
        let is_decisive = self.is_decisive(true, false);
        self.at.counted = counted;
        self.state.errexit = errexit;
        if is_decisive && value == Some(false) && self.blamed.len() > blamed {
            self.without(blamed);
            return Some(true);
        }
        // If it fails, it has been reported; what comes behind it is for when it does not.
        value.or_else(|| is_decisive.then_some(true))
    }

    /// The script ends here for want of the missing commands from this one on. What comes behind it is visited as if they were there: it
    /// shows what else is missing.
    fn without(&mut self, blamed: usize) -> Option<bool> {
        if self.blamed.len() <= blamed {
            self.fail(blamed);
            return Some(false);
        }
        self.found.calls.extend(self.blamed.drain(blamed..));
        None
    }

    /// Whether a command does nothing but end the script with a failure, after messages perhaps.
    fn fails(&self, pipeline: &Pipeline, depth: usize) -> bool {
        let [command] = pipeline.seq.as_slice() else {
            return false;
        };
        let of_list = |list: &CompoundList| {
            let last = list.0.last().filter(|item| item.0.additional.is_empty());
            last.is_some_and(|item| self.fails(&item.0.first, depth + 1))
        };
        match command {
            Command::Simple(simple) => {
                let word = simple.word_or_name.as_ref().map(|word| word.value.as_str());
                let argument = simple.suffix.as_ref().map(ToString::to_string);
                match word {
                    Some("exit") => argument.is_none_or(|it| it.trim() != "0" && !it.contains('$')),
                    Some(name) if depth < 3 => self.functions.get(name).is_some_and(|function| {
                        matches!(&function.body.0, CompoundCommand::BraceGroup(group) if of_list(&group.list))
                    }),
                    _ => false,
                }
            }
            Command::Compound(CompoundCommand::BraceGroup(group), _) => of_list(&group.list),
            _ => false,
        }
    }

    /// `counts`: whether the script ends if it fails, with `-e`.
    fn pipeline(&mut self, pipeline: &Pipeline, counts: bool, ends_script: bool) -> Option<bool> {
        let counts = counts && !pipeline.bang;
        if let [command] = pipeline.seq.as_slice() {
            let value = self.command(command, counts, ends_script && !pipeline.bang);
            return value.map(|value| value != pipeline.bang);
        }
        let last = pipeline.seq.len() - 1;
        let mut values = Vec::new();
        for (index, command) in pipeline.seq.iter().enumerate() {
            let counts = counts && (index == last || self.state.pipefail);
            let ends_script = ends_script && index == last;
            let before = self.output.take();
            self.input = before.filter(|_| index > 0);
            values.push(self.in_subshell(|visit| visit.command(command, counts, ends_script)));
        }
        let last = values.last().copied().flatten();
        let value = if !self.state.pipefail {
            last
        } else if values.contains(&Some(false)) {
            Some(false)
        } else {
            last.filter(|_| values.iter().all(Option::is_some))
        };
        value.map(|value| value != pipeline.bang)
    }
}

/// Whether a script goes on after this.
fn goes_on(pipeline: &Pipeline) -> bool {
    let [Command::Simple(simple)] = pipeline.seq.as_slice() else {
        return false;
    };
    let word = simple.word_or_name.as_ref();
    word.is_some_and(|word| GO_ON.contains(&word.value.as_str()))
}

/// Whether nobody hears why a command fails: `a 2>/dev/null`.
fn is_silent(pipeline: &Pipeline) -> bool {
    let [Command::Simple(simple)] = pipeline.seq.as_slice() else {
        return false;
    };
    let items = simple.suffix.iter().flat_map(|suffix| &suffix.0);
    let mut redirects = items.filter_map(|item| match item {
        CommandPrefixOrSuffixItem::IoRedirect(redirect) => Some(redirect),
        _ => None,
    });
    redirects.any(|redirect| match redirect {
        IoRedirect::File(Some(2), _, IoFileRedirectTarget::Filename(word))
        | IoRedirect::OutputAndError(word, _) => word.value == "/dev/null",
        _ => false,
    })
}

/// The arguments that xargs makes of its input, if these are its words.
pub(super) fn added(words: &[Option<String>], input: &str) -> Words {
    let Some((Some(first), rest)) = words.split_first() else {
        return Vec::new();
    };
    let changes = |word: &String| {
        let is_short = word.starts_with('-') && !word.starts_with("--");
        is_short && word.contains(['0', 'I', 'i', 'a', 'd'])
            || ["--null", "--replace", "--arg-file", "--delimiter"]
                .iter()
                .any(|long| word.starts_with(long))
    };
    let mut options = rest.iter().flatten();
    let is_plain = !input.contains(['\'', '"', '\\']) && !options.any(changes);
    if first.rsplit('/').next() != Some("xargs") || !is_plain {
        return Vec::new();
    }
    let words = input.split_whitespace();
    words.map(|word| Some(word.to_owned())).collect()
}
