//! Simple commands: their words, assignments and redirections.

use brush_parser::ast::{
    AssignmentName, AssignmentValue, CommandPrefixOrSuffixItem, SimpleCommand,
};

use super::Call;
use super::builtins::{BUILTINS, TURNS};
use super::visit::Visit;
use super::words::{flat, pieces};

/// Builtins that assign to variables.
const DECLARE: [&str; 5] = ["declare", "export", "local", "readonly", "typeset"];

impl Visit<'_> {
    /// Visits a simple command, and returns whether it succeeds if that is known.
    pub(super) fn simple(
        &mut self,
        simple: &SimpleCommand,
        counts: bool,
        ends_script: bool,
    ) -> Option<bool> {
        self.go_to(simple);
        let is_decisive = self.is_decisive(counts, ends_script);
        let prefix = simple.prefix.as_ref().map_or(&[][..], |prefix| &prefix.0);
        self.decides = is_decisive && simple.word_or_name.is_none() && prefix.len() == 1;
        for item in prefix {
            self.item(item, is_decisive);
        }
        self.decides = false;
        let mut words: Vec<Option<String>> = simple
            .word_or_name
            .iter()
            .map(|word| self.word(&word.value))
            .collect();
        let declares = matches!(
            words.first(),
            Some(Some(word)) if DECLARE.contains(&word.as_str())
        );
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            match item {
                // Any other program gets it as it is.
                CommandPrefixOrSuffixItem::AssignmentWord(_, word) if !declares => {
                    words.push(self.word(&word.value));
                }
                item => words.extend(self.item(item, is_decisive)),
            }
        }
        self.note(&words);
        let mut rest = words.as_slice();
        let mut replaces = false;
        // Skip words that run their arguments.
        loop {
            let Some((Some(first), more)) = rest.split_first() else {
                // There is no word, or one known only at run time, which may be a function that ends the script.
                if !rest.is_empty() {
                    self.turn();
                }
                return None;
            };
            let runs_rest = matches!(first.as_str(), "exec" | "command" | "builtin" | "time");
            if first == "command"
                && matches!(more.first(), Some(Some(option)) if option == "-v" || option == "-V")
                || matches!(first.as_str(), "type" | "hash" | "which")
            {
                self.asked.extend(more.iter().flatten().cloned());
                if first != "which" {
                    return None;
                }
            }
            if !runs_rest || more.is_empty() {
                break;
            }
            replaces |= first == "exec";
            if matches!(more.first(), Some(Some(option)) if option.starts_with('-')) {
                // With options for exec or command, don't determine what they run.
                self.turn();
                return None;
            }
            rest = more;
        }
        let Some((Some(word), arguments)) = rest.split_first() else {
            return None;
        };
        match word.as_str() {
            "test" | "[" => return self.test(arguments),
            "." | "source" | "cd" => {
                let path = arguments
                    .first()
                    .and_then(Option::as_deref)
                    .unwrap_or_default();
                // If another command depends on the outcome, the script is prepared for a failure.
                if counts && self.at.is_straight && path.starts_with('/') {
                    self.opened(path.to_owned(), false, is_decisive);
                }
            }
            "true" | ":" => return Some(true),
            "false" => return Some(false),
            _ => {}
        }
        if word == "set" && counts {
            self.options(arguments);
            return None;
        }
        if matches!(word.as_str(), "." | "source" | "eval" | "alias") {
            self.script.is_open = true;
        }
        let is_builtin = BUILTINS.contains(&word.as_str());
        let is_turn = TURNS.contains(&word.as_str()) || self.functions.contains_key(word);
        if !is_builtin {
            let ends = self.errexit || replaces || ends_script;
            self.found.calls.insert(Call {
                word: word.clone(),
                is_certain: self.at.is_straight && counts && ends,
                arguments: arguments.to_vec(),
                line: self.line,
            });
        }
        // If exec fails, the script ends too.
        self.at.is_over |= self.at.is_straight && (replaces || word == "exit");
        if is_turn || replaces {
            self.turn();
        }
        None
    }

    /// What `set` does to these options.
    fn options(&mut self, arguments: &[Option<String>]) {
        for argument in arguments.iter().flatten() {
            match argument.strip_prefix('-') {
                Some(flags) if !flags.starts_with('o') => self.errexit |= flags.contains('e'),
                _ => {}
            }
            self.errexit |= argument == "errexit";
            if argument.starts_with('+') {
                self.errexit = false;
                self.turn();
            }
        }
    }

    /// Notes the words of a command, any of which may be a function.
    fn note(&mut self, words: &[Option<String>]) {
        let named = words.iter().flatten();
        let named = named.flat_map(|word| word.split_whitespace());
        self.found.words.extend(named.map(str::to_owned));
        if let Some(None) = words.first() {
            // The command is known only at run time, and may be any function.
            self.found.words.extend(self.functions.keys().cloned());
        }
    }

    /// Visits an argument, redirection or assignment. Returns the word if it is an argument.
    fn item(&mut self, item: &CommandPrefixOrSuffixItem, is_decisive: bool) -> Vec<Option<String>> {
        match item {
            CommandPrefixOrSuffixItem::Word(word) => vec![self.word(&word.value)],
            CommandPrefixOrSuffixItem::AssignmentWord(assignment, word) => {
                let is_path = matches!(&assignment.name, AssignmentName::VariableName(name) if name == "PATH");
                match &assignment.value {
                    AssignmentValue::Scalar(value) if is_path => self.path(&value.value),
                    _ if is_path => self.script.is_open = true,
                    _ => {
                        self.word(&word.value);
                    }
                }
                Vec::new()
            }
            CommandPrefixOrSuffixItem::ProcessSubstitution(_, shell) => {
                self.process_substitution(shell, is_decisive);
                Vec::new()
            }
            CommandPrefixOrSuffixItem::IoRedirect(redirect) => {
                self.redirect(redirect, is_decisive);
                Vec::new()
            }
        }
    }

    /// Notes a value that is assigned to `PATH`.
    fn path(&mut self, value: &str) {
        let Some(pieces) = pieces(value) else {
            self.script.is_open = true;
            return;
        };
        let mut text = String::new();
        let is_known = flat(&pieces, &mut text, true);
        self.script.is_open |= !is_known;
        self.script.replaces_path |= !value.contains("$PATH") && !value.contains("${PATH");
        self.script.path.extend(
            text.split(':')
                .filter(|dir| dir.starts_with('/'))
                .map(str::to_owned),
        );
    }
}
