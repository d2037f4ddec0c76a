//! What a shell script calls, by a real parser of the shell's language.

use std::collections::BTreeSet;
use std::io::Cursor;

use brush_parser::ast::{
    AndOr, AndOrList, AssignmentName, AssignmentValue, Command, CommandPrefixOrSuffixItem,
    CompoundCommand, CompoundList, IoFileRedirectTarget, IoRedirect, Pipeline, Program,
    SimpleCommand,
};
use brush_parser::word::{WordPiece, WordPieceWithSource};
use brush_parser::{Parser, ParserOptions};

/// A command that a script names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The word in command position, quotes undone.
    pub word: String,
    /// Whether the script comes there whatever happens, and ends when the command can't be run.
    pub is_certain: bool,
}

/// What a script does, as far as its text tells.
#[derive(Clone, Debug, Default)]
pub struct Script {
    /// The commands it names, functions and builtins left out.
    pub calls: BTreeSet<Call>,
    /// Directories that it puts into `PATH`.
    pub path: Vec<String>,
    /// Whether it does something to `PATH`, or reads in more commands, that the text does not tell.
    pub is_open: bool,
}

/// Above this, in bytes, no script is parsed: what is that large is data with a script before it.
const MAX_SIZE: usize = 256 * 1024;

/// As deep as brackets may be nested: the parser descends.
const MAX_DEPTH: usize = 40;

/// Reads a script for `sh` or `bash`. `errexit`: whether it was started with `-e`.
/// The error says in half a sentence why it can't be read.
pub fn read_script(text: &str, errexit: bool) -> Result<Script, String> {
    if text.len() > MAX_SIZE {
        return Err(format!(
            "it has {} KiB, and is only looked at up to {}",
            text.len() / 1024,
            MAX_SIZE / 1024
        ));
    }
    if depth(text) > MAX_DEPTH {
        return Err("its brackets are nested too deeply".to_owned());
    }
    let text = text.to_owned();
    // The parser descends as deep as the script is nested, more than the stack of a worker bears.
    let reading = std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(move || {
            let mut walk = Walk {
                script: Script::default(),
                errexit,
                is_straight: true,
                has_turned: false,
                functions: BTreeSet::new(),
                asked: BTreeSet::new(),
                depth: 0,
            };
            walk.program(&parse(&text)?);
            Ok(walk.finish())
        });
    match reading.map(std::thread::JoinHandle::join) {
        Ok(Ok(script)) => script,
        Ok(Err(_)) => Err("the parser gave up".to_owned()),
        Err(error) => Err(format!("no thread could be started: {error}")),
    }
}

fn parse(text: &str) -> Result<Program, String> {
    Parser::new(Cursor::new(text.as_bytes()), &ParserOptions::default())
        .parse_program()
        .map_err(|error| {
            let text = error.to_string();
            text.lines()
                .next()
                .unwrap_or("it is no shell script")
                .trim_end_matches('.')
                .to_owned()
        })
}

fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for c in text.chars() {
        match c {
            '(' | '{' | '[' => depth += 1,
            ')' | '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

struct Walk {
    script: Script,
    /// Whether a command that fails ends the script.
    errexit: bool,
    /// Whether the script surely comes to where we are.
    is_straight: bool,
    /// Whether something has been come across after which it may not go on as it stands.
    has_turned: bool,
    functions: BTreeSet<String>,
    /// What the script asks for before it calls it (`command -v`).
    asked: BTreeSet<String>,
    /// How deep in substitutions.
    depth: usize,
}

/// What every shell does itself: POSIX, bash, and the words of the grammar that the parser leaves in place.
const BUILTINS: &[&str] = &[
    ".",
    ":",
    "[",
    "[[",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "case",
    "cd",
    "command",
    "compgen",
    "complete",
    "compopt",
    "continue",
    "declare",
    "dirs",
    "disown",
    "echo",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "getopts",
    "hash",
    "help",
    "history",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "newgrp",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "select",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "time",
    "times",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "until",
    "wait",
];

/// After these, it can't be told whether what follows is reached.
const TURNS: &[&str] = &[
    "exit", "exec", "return", "eval", "source", ".", "trap", "set", "shopt", "break", "continue",
];

impl Walk {
    fn finish(self) -> Script {
        let mut script = self.script;
        script.calls.retain(|call| {
            let word = call.word.as_str();
            !word.is_empty() && !self.functions.contains(word) && !self.asked.contains(word)
        });
        script
    }

    fn program(&mut self, program: &Program) {
        let last = program.complete_commands.len();
        for (index, list) in program.complete_commands.iter().enumerate() {
            self.list(list, index + 1 == last && self.depth == 0);
        }
    }

    fn list(&mut self, list: &CompoundList, ends_script: bool) {
        let last = list.0.len();
        for (index, item) in list.0.iter().enumerate() {
            let in_background = matches!(item.1, brush_parser::ast::SeparatorOperator::Async);
            self.and_or(&item.0, !in_background, ends_script && index + 1 == last);
        }
    }

    fn and_or(&mut self, list: &AndOrList, in_foreground: bool, ends_script: bool) {
        let alone = list.additional.is_empty() && in_foreground;
        self.pipeline(&list.first, alone, ends_script);
        for next in &list.additional {
            let (AndOr::And(pipeline) | AndOr::Or(pipeline)) = next;
            self.maybe(|walk| walk.pipeline(pipeline, false, false));
        }
    }

    fn pipeline(&mut self, pipeline: &Pipeline, alone: bool, ends_script: bool) {
        let counts = alone && !pipeline.bang && pipeline.seq.len() == 1;
        for command in &pipeline.seq {
            match command {
                Command::Simple(simple) => self.simple(simple, counts, ends_script),
                Command::Compound(compound, redirects) => {
                    self.maybe(|walk| walk.compound(compound));
                    for redirect in redirects.iter().flat_map(|list| &list.0) {
                        self.redirect(redirect);
                    }
                }
                Command::Function(function) => {
                    self.functions.insert(function.fname.value.clone());
                    // Its body is not run here.
                    let before = (self.is_straight, self.has_turned);
                    self.maybe(|walk| walk.compound(&function.body.0));
                    (self.is_straight, self.has_turned) = before;
                }
                Command::ExtendedTest(..) => {}
            }
        }
    }

    /// Walks through what may not be run. What it may do to the rest of the script stays.
    fn maybe(&mut self, walk: impl FnOnce(&mut Self)) {
        let (straight, errexit) = (self.is_straight, self.errexit);
        let had_turned = std::mem::take(&mut self.has_turned);
        self.is_straight = false;
        walk(self);
        self.is_straight = straight && !self.has_turned;
        self.has_turned |= had_turned;
        self.errexit = errexit;
    }

    /// Notes that what follows may not be reached.
    fn turn(&mut self) {
        self.is_straight = false;
        self.has_turned = true;
    }

    fn compound(&mut self, compound: &CompoundCommand) {
        match compound {
            CompoundCommand::BraceGroup(group) => self.list(&group.list, false),
            CompoundCommand::Subshell(shell) => self.list(&shell.list, false),
            CompoundCommand::ForClause(clause) => {
                for word in clause.values.iter().flatten() {
                    self.word(&word.value);
                }
                self.list(&clause.body.list, false);
            }
            CompoundCommand::CaseClause(clause) => {
                self.word(&clause.value.value);
                for case in &clause.cases {
                    if let Some(list) = &case.cmd {
                        self.list(list, false);
                    }
                }
            }
            CompoundCommand::IfClause(clause) => {
                self.list(&clause.condition, false);
                self.list(&clause.then, false);
                for other in clause.elses.iter().flatten() {
                    if let Some(condition) = &other.condition {
                        self.list(condition, false);
                    }
                    self.list(&other.body, false);
                }
            }
            CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
                self.list(&clause.0, false);
                self.list(&clause.1.list, false);
            }
            CompoundCommand::ArithmeticForClause(clause) => self.list(&clause.body.list, false),
            CompoundCommand::Coprocess(process) => {
                if let Command::Compound(compound, _) = &*process.body {
                    self.compound(compound);
                }
            }
            CompoundCommand::Arithmetic(_) => {}
        }
    }

    fn simple(&mut self, simple: &SimpleCommand, counts: bool, ends_script: bool) {
        for item in simple.prefix.iter().flat_map(|prefix| &prefix.0) {
            self.item(item);
        }
        let mut words: Vec<Option<String>> = simple
            .word_or_name
            .iter()
            .map(|word| self.word(&word.value))
            .collect();
        for item in simple.suffix.iter().flat_map(|suffix| &suffix.0) {
            words.extend(self.item(item));
        }
        let mut rest = words.as_slice();
        let mut replaces = false;
        // What runs its arguments.
        loop {
            let Some((Some(first), more)) = rest.split_first() else {
                // Nothing, or a word that only the running script knows: it may be a function that ends it.
                if !rest.is_empty() {
                    self.turn();
                }
                return;
            };
            let runs_rest = matches!(first.as_str(), "exec" | "command" | "builtin" | "time");
            if first == "command"
                && matches!(more.first(), Some(Some(option)) if option == "-v" || option == "-V")
                || matches!(first.as_str(), "type" | "hash" | "which")
            {
                self.asked.extend(more.iter().flatten().cloned());
                if first != "which" {
                    return;
                }
            }
            if !runs_rest || more.is_empty() {
                break;
            }
            replaces |= first == "exec";
            if matches!(more.first(), Some(Some(option)) if option.starts_with('-')) {
                // Options of exec and command: what they run is looked for no further.
                self.turn();
                return;
            }
            rest = more;
        }
        let Some((Some(word), arguments)) = rest.split_first() else {
            return;
        };
        if word == "set" && counts {
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
            return;
        }
        if matches!(word.as_str(), "." | "source" | "eval" | "alias") {
            self.script.is_open = true;
        }
        let is_builtin = BUILTINS.contains(&word.as_str());
        let is_turn = TURNS.contains(&word.as_str()) || self.functions.contains(word);
        if !is_builtin {
            let ends = self.errexit || replaces || ends_script;
            self.script.calls.insert(Call {
                word: word.clone(),
                is_certain: self.is_straight && counts && ends,
            });
        }
        if is_turn || replaces {
            self.turn();
        }
    }

    /// Walks through an argument, redirection or assignment. The word that it is, if it is one.
    fn item(&mut self, item: &CommandPrefixOrSuffixItem) -> Vec<Option<String>> {
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
                self.maybe(|walk| walk.list(&shell.list, false));
                Vec::new()
            }
            CommandPrefixOrSuffixItem::IoRedirect(redirect) => {
                self.redirect(redirect);
                Vec::new()
            }
        }
    }

    fn redirect(&mut self, redirect: &IoRedirect) {
        match redirect {
            IoRedirect::File(_, _, IoFileRedirectTarget::ProcessSubstitution(_, shell)) => {
                self.maybe(|walk| walk.list(&shell.list, false));
            }
            IoRedirect::File(_, _, IoFileRedirectTarget::Filename(word))
            | IoRedirect::HereString(_, word) => {
                self.word(&word.value);
            }
            IoRedirect::HereDocument(_, document) if document.requires_expansion => {
                if let Ok(pieces) = brush_parser::word::parse_heredoc(
                    &document.doc.value,
                    &ParserOptions::default(),
                ) {
                    self.substitutions(&pieces);
                }
            }
            _ => {}
        }
    }

    /// What is assigned to `PATH`.
    fn path(&mut self, value: &str) {
        let Some(pieces) = pieces(value) else {
            self.script.is_open = true;
            return;
        };
        let mut text = String::new();
        let is_known = flat(&pieces, &mut text, true);
        self.script.is_open |= !is_known;
        self.script.path.extend(
            text.split(':')
                .filter(|dir| dir.starts_with('/'))
                .map(str::to_owned),
        );
    }

    /// The text of a word without expansions; commands that are substituted are walked through.
    fn word(&mut self, value: &str) -> Option<String> {
        let pieces = pieces(value)?;
        self.substitutions(&pieces);
        let mut text = String::new();
        flat(&pieces, &mut text, false).then_some(text)
    }

    fn substitutions(&mut self, pieces: &[WordPieceWithSource]) {
        for piece in pieces {
            match &piece.piece {
                WordPiece::CommandSubstitution(text)
                | WordPiece::BackquotedCommandSubstitution(text)
                    if self.depth < 8 =>
                {
                    if let Ok(program) = parse(text) {
                        self.depth += 1;
                        self.maybe(|walk| walk.program(&program));
                        self.depth -= 1;
                    }
                }
                WordPiece::DoubleQuotedSequence(pieces)
                | WordPiece::GettextDoubleQuotedSequence(pieces) => {
                    self.substitutions(pieces);
                }
                _ => {}
            }
        }
    }
}

fn pieces(value: &str) -> Option<Vec<WordPieceWithSource>> {
    brush_parser::word::parse(value, &ParserOptions::default()).ok()
}

/// Puts the pieces' text together; false where some of it is not known. `path`: `$PATH` in it is nothing new.
fn flat(pieces: &[WordPieceWithSource], text: &mut String, path: bool) -> bool {
    let mut is_known = true;
    for piece in pieces {
        match &piece.piece {
            WordPiece::Text(part) | WordPiece::SingleQuotedText(part) => text.push_str(part),
            WordPiece::EscapeSequence(part) => {
                text.push_str(part.strip_prefix('\\').unwrap_or(part));
            }
            WordPiece::DoubleQuotedSequence(pieces)
            | WordPiece::GettextDoubleQuotedSequence(pieces) => {
                is_known &= flat(pieces, text, path);
            }
            WordPiece::ParameterExpansion(expression) if path => {
                is_known &= format!("{expression:?}").contains("Named(\"PATH\")");
            }
            _ => is_known = false,
        }
    }
    is_known
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn calls(text: &str) -> Vec<String> {
        let script = read_script(text, false).unwrap_or_default();
        script
            .calls
            .iter()
            .map(|call| format!("{}{}", call.word, if call.is_certain { "!" } else { "" }))
            .collect()
    }

    #[test]
    fn words_in_command_position_are_found() {
        assert_eq!(
            calls("a 1 2 | b; c && d || e\nf x"),
            ["a", "b", "c", "d", "e", "f!"]
        );
        assert_eq!(
            calls("if a; then b; else c; fi; for x in $(d); do e; done; x=`f` g=1 'h' \"i\""),
            ["a", "b", "c", "d", "e", "f", "h!"]
        );
        assert_eq!(
            calls("f() { a; }; f; echo b; [ -e c ] && test d; $E; while read x; do d; done < <(e)"),
            ["a", "d", "e"]
        );
        assert_eq!(
            calls("case $1 in a) b;; *) c;; esac; (d); { e; }"),
            ["b", "c", "d", "e"]
        );
    }

    #[test]
    fn what_is_asked_for_first_is_not_called_blindly() {
        assert_eq!(
            calls("command -v a && a; type b >/dev/null && b; c; true"),
            ["c"]
        );
    }

    #[test]
    fn a_call_is_certain_where_the_script_comes_to_it_and_ends_with_it() {
        assert_eq!(
            calls("set -e\na\nb || true\nif c; then d; fi\ne"),
            ["a!", "b", "c", "d", "e!"]
        );
        assert_eq!(calls("set -euo pipefail\n[ -e x ] || exit 0\na"), ["a"]);
        assert_eq!(calls("a\nexec b -c"), ["a", "b!"]);
        assert_eq!(calls("set -e; test x || exec a\nb"), ["a", "b"]);
        assert_eq!(calls("set -e; a &\nwait"), ["a"]);
        assert_eq!(calls("set -o errexit; a | b; c; true"), ["a", "b", "c!"]);
    }

    #[test]
    fn path_is_followed() {
        let script = |text| read_script(text, false).unwrap_or_default();
        let known = script("export PATH=\"/a/bin:/b:$PATH\"; x");
        assert_eq!(
            (known.path, known.is_open),
            (vec!["/a/bin".to_owned(), "/b".to_owned()], false)
        );
        assert!(script("PATH=$HOME/bin; x").is_open);
        assert!(script(". /etc/profile; x").is_open);
    }

    #[test]
    fn what_is_no_script_is_refused() {
        for text in [
            "if a; then",
            "'",
            &"(".repeat(10_000),
            &"$(".repeat(10_000),
            &"a\n".repeat(10_000_000),
        ] {
            assert!(read_script(text, false).is_err());
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[ a-c$(){}\\[\\]'\"`\\\\;|&<>=\n#!]{0,40}") {
            let _ = read_script(&text, false);
        }
    }
}
