//! Simple commands: words, assignments and redirections.

use brush_parser::ast::{
    Assignment, AssignmentName, AssignmentValue, CommandPrefixOrSuffixItem, SimpleCommand, Word,
};

use super::Call;
use super::builtins::BUILTINS;
use super::ends::{Over, Within};
use super::lists::added;
use super::state::{Failure, Words};
use super::visit::Visit;
use super::words::{count, pieces};

const DECLARE: [&str; 5] = ["declare", "export", "local", "readonly", "typeset"];

/// How a command is run.
#[derive(Clone, Copy)]
pub(super) struct Way {
    /// Whether the script ends if it fails, with `-e`.
    pub counts: bool,
    /// Whether the script's exit status is that of this command.
    pub ends_script: bool,
    /// Whether it takes the place of the shell.
    pub replaces: bool,
}

impl Visit<'_> {
    /// Returns the outcome, if it is known.
    pub(super) fn simple(
        &mut self,
        simple: &SimpleCommand,
        counts: bool,
        ends_script: bool,
    ) -> Option<bool> {
        self.go_to(simple);
        self.output = None;
        let input = self.input.take();
        let builtin = simple.word_or_name.as_ref().map(|word| word.value.as_str());
        let is_decisive = self.is_decisive(counts, ends_script)
            || builtin.is_some_and(|builtin| self.ends_without(builtin));
        let prefix = simple.prefix.as_ref().map_or(&[][..], |prefix| &prefix.0);
        let is_assignment = simple.word_or_name.is_none();
        let before = (!is_assignment && !prefix.is_empty()).then(|| self.state.clone());
        self.decides = is_decisive && is_assignment && prefix.len() == 1;
        self.decided = Some(true);
        for item in prefix {
            self.item(item, is_decisive, true);
        }
        self.decides = false;
        if is_assignment {
            return self.decided;
        }
        self.expanded.directories.clear();
        self.expanded.is_of_home = false;
        let mut words = Vec::new();
        if let Some(word) = &simple.word_or_name {
            words.extend(self.words(&word.value));
        }
        let declares = matches!(
            words.first(),
            Some(Some(word)) if DECLARE.contains(&word.as_str())
        );
        let local = declares && words.first() == Some(&Some("local".to_owned()));
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            if let (true, CommandPrefixOrSuffixItem::AssignmentWord(assignment, _)) = (local, item)
            {
                self.keep(assignment);
            }
            words.extend(self.item(item, is_decisive, declares));
        }
        if let Some(input) = input {
            words.extend(added(&words, &input));
        }
        self.note(&words);
        let way = Way {
            counts,
            ends_script,
            replaces: false,
        };
        let value = self.run(&words, way);
        if let Some(before) = before {
            // What is before a command is set for it alone.
            for item in prefix {
                if let CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) = item
                    && let AssignmentName::VariableName(name) = &assignment.name
                {
                    self.state.restore(name, &before);
                }
            }
        }
        value
    }

    /// Runs a command with its arguments.
    pub(super) fn run(&mut self, words: &[Option<String>], way: Way) -> Option<bool> {
        let Some((first, arguments)) = words.split_first() else {
            return Some(true);
        };
        let Some(word) = first else {
            self.script.computes = true;
            // The word may be a function that ends the script.
            self.turn(Over::Script);
            return None;
        };
        if word.is_empty() {
            return None;
        }
        if self.functions.contains_key(word) && !way.replaces {
            return self.function(word, Some(arguments), way.counts, way.ends_script);
        }
        if BUILTINS.contains(&word.as_str()) && !way.replaces {
            return self.builtin(word, arguments, way);
        }
        self.external(word, arguments, way)
    }

    /// A program that is started.
    fn external(&mut self, word: &str, arguments: &[Option<String>], way: Way) -> Option<bool> {
        let environment = self.environment();
        let has = self.world.has(word, &environment);
        let ends = way.replaces && self.at.sure && self.at.within == Within::Script;
        let call = Call {
            word: word.to_owned(),
            is_certain: ends || self.is_decisive(way.counts, way.ends_script),
            arguments: arguments.to_vec(),
            line: self.line,
            environment,
            directory: self.state.directory.clone(),
            is_last: way.ends_script || way.replaces,
            is_handled: self.failure == Failure::Handled,
        };
        if has == Some(false) && self.at.sure {
            self.blamed.push(Call {
                is_certain: true,
                ..call.clone()
            });
        }
        // One that only tells where others are is no loss by itself.
        if self.failure != Failure::Silent && (word != "which" || has != Some(false)) {
            self.found.calls.insert(call);
        }
        self.printed(word, arguments, has);
        self.in_directories(word);
        let value = if word == "which" {
            self.asks(arguments, has)
        } else {
            has.filter(|has| !has)
        };
        if way.replaces {
            self.end(Over::Script, value);
        }
        value
    }

    /// `command -v` and the like: whether there is a command.
    pub(super) fn asks(
        &mut self,
        arguments: &[Option<String>],
        asker: Option<bool>,
    ) -> Option<bool> {
        if asker == Some(false) {
            return Some(false);
        }
        let mut names = arguments
            .iter()
            .filter(|word| !word.as_ref().is_some_and(|it| it.starts_with('-')));
        let (Some(Some(name)), None) = (names.next(), names.next()) else {
            self.asked.extend(arguments.iter().flatten().cloned());
            return None;
        };
        if self.functions.contains_key(name) || BUILTINS.contains(&name.as_str()) {
            return Some(true);
        }
        let environment = self.environment();
        let has = self.world.has(name, &environment);
        self.output = has.filter(|has| !has).map(|_| String::new());
        if has != Some(false) {
            self.asked.insert(name.clone());
        } else if self.at.sure {
            self.blamed.push(Call {
                word: name.clone(),
                is_certain: true,
                line: self.line,
                environment,
                directory: self.state.directory.clone(),
                ..Call::default()
            });
        }
        has
    }

    /// Ends a loop, a function or the script, or may do so.
    pub(super) fn end(&mut self, over: Over, value: Option<bool>) {
        self.ended = value;
        self.at.over = over;
    }

    /// Records the words of a command. Any may be a function.
    fn note(&mut self, words: &[Option<String>]) {
        let named = words.iter().flatten();
        let named = named.flat_map(|word| word.split([' ', '\t', '\n', ';', '&', '|', '(', ')']));
        self.found.words.extend(named.map(str::to_owned));
        if let Some(None) = words.first() {
            // Only the running script knows.
            self.found.words.extend(self.functions.keys().cloned());
        }
    }

    /// Visits an argument, redirection or assignment. Returns its words.
    fn item(
        &mut self,
        item: &CommandPrefixOrSuffixItem,
        is_decisive: bool,
        declares: bool,
    ) -> Words {
        match item {
            CommandPrefixOrSuffixItem::Word(word) => self.argument(&word.value),
            // Any other program gets it as it is.
            CommandPrefixOrSuffixItem::AssignmentWord(_, word) if !declares => {
                vec![self.word(&word.value)]
            }
            CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) => {
                let name = self.assign(assignment);
                vec![Some(name)]
            }
            CommandPrefixOrSuffixItem::ProcessSubstitution(_, shell) => {
                self.process_substitution(shell, is_decisive);
                vec![None]
            }
            CommandPrefixOrSuffixItem::IoRedirect(redirect) => {
                self.redirect(redirect, is_decisive);
                Vec::new()
            }
        }
    }

    /// Assigns, and returns the name of the variable.
    fn assign(&mut self, assignment: &Assignment) -> String {
        let (name, is_element) = match &assignment.name {
            AssignmentName::VariableName(name) => (name.clone(), false),
            AssignmentName::ArrayElementName(name, _) => (name.clone(), true),
        };
        match &assignment.value {
            AssignmentValue::Scalar(word) => {
                let mut value = self.scalar(word);
                let is_new = value.is_none() && !assignment.append && !is_element;
                let beginning = self.expanded.beginning.take().filter(|_| is_new);
                if assignment.append {
                    value = value
                        .zip(self.text_of(&name))
                        .map(|(value, old)| old + &value);
                }
                self.state.assign(&name, value.filter(|_| !is_element));
                self.state.begin(&name, beginning);
            }
            AssignmentValue::Array(items) => {
                let mut words = Vec::new();
                for (_, word) in items {
                    words.extend(self.words(&word.value));
                }
                let is_indexed = items.iter().any(|(index, _)| index.is_some());
                let known = (!is_indexed && !assignment.append).then_some(words);
                self.state.assign_array(&name, known);
            }
        }
        name
    }

    /// The value that is assigned: patterns and blanks are kept.
    fn scalar(&mut self, word: &Word) -> Option<String> {
        self.decides &= pieces(&word.value).is_some_and(|pieces| count(&pieces) == 1);
        self.case_pattern(&word.value)
    }

    fn text_of(&self, name: &str) -> Option<String> {
        match self.state.variable(name) {
            super::state::Value::Known(value) => Some(value),
            super::state::Value::Unset => Some(String::new()),
            super::state::Value::Unknown => None,
        }
    }

    /// Remembers the value outside of a function of a variable that becomes its own.
    fn keep(&mut self, assignment: &Assignment) {
        if let AssignmentName::VariableName(name) = &assignment.name {
            let value = self.state.variable(name);
            if let Some(locals) = self.locals.last_mut() {
                locals.push((name.clone(), value));
            }
        }
    }
}
