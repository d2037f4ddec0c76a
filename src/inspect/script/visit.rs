//! Walks through a script: which commands it certainly reaches, and which it may reach.

use std::collections::{BTreeMap, BTreeSet};

use brush_parser::ast::{
    AndOr, AndOrList, Command, CompoundCommand, CompoundList, Pipeline, Program, SourceLocation,
};

use super::{Call, Opened, Script, Tests};

/// A script may repeat a call at more lines than anybody reads.
const MAX_PLACES: usize = 20;

/// How the script gets to the current place.
#[derive(Clone, Copy)]
pub(super) struct Position {
    /// Whether it certainly gets there.
    pub(super) is_straight: bool,
    /// Whether something before may have ended the script or changed its course.
    pub(super) has_turned: bool,
    /// Whether the script has certainly ended before.
    pub(super) is_over: bool,
}

/// What was found in a part of the script.
#[derive(Default)]
pub(super) struct Reached {
    pub(super) calls: BTreeSet<Call>,
    pub(super) opened: BTreeSet<Opened>,
    /// All words of all commands, as each may be the name of a function.
    pub(super) words: BTreeSet<String>,
}

impl Reached {
    fn extend(&mut self, other: Self) {
        self.calls.extend(other.calls);
        self.opened.extend(other.opened);
        self.words.extend(other.words);
    }
}

pub(super) struct Visit<'a> {
    pub(super) script: Script,
    /// Whether a failed command ends the script.
    pub(super) errexit: bool,
    pub(super) at: Position,
    /// What was found in the bodies of functions.
    pub(super) functions: BTreeMap<String, Reached>,
    /// What was found outside of functions.
    pub(super) found: Reached,
    /// The commands that the script looks for before it calls them (`command -v`).
    pub(super) asked: BTreeSet<String>,
    /// The outcomes of tests of files.
    pub(super) tests: Tests<'a>,
    /// Whether a failure of the next substitution ends the script, as in `x=$(…)` with `-e`.
    pub(super) decides: bool,
    /// How deeply substitutions are nested here.
    pub(super) depth: usize,
    /// The line of the current command, from 1; that of the outermost command in a substitution.
    pub(super) line: usize,
}

impl<'a> Visit<'a> {
    pub(super) fn new(errexit: bool, tests: Tests<'a>) -> Self {
        Self {
            tests,
            decides: false,
            script: Script::default(),
            errexit,
            at: Position {
                is_straight: true,
                has_turned: false,
                is_over: false,
            },
            functions: BTreeMap::new(),
            found: Reached::default(),
            asked: BTreeSet::new(),
            depth: 0,
            line: 1,
        }
    }

    pub(super) fn finish(mut self) -> Script {
        let mut script = self.script;
        let mut found = self.found;
        let mut todo: Vec<String> = found.words.iter().cloned().collect();
        let names: BTreeSet<String> = self.functions.keys().cloned().collect();
        if script.is_open {
            // Commands from elsewhere may call any function.
            todo.extend(names.iter().cloned());
        }
        while let Some(name) = todo.pop() {
            let Some(body) = self.functions.remove(&name) else {
                continue;
            };
            todo.extend(body.words.iter().cloned());
            found.extend(body);
        }
        script.calls = found.calls;
        script.opened = found.opened;
        // The same call at other lines is behind it.
        let mut last: Option<(Call, usize)> = None;
        script.calls.retain(|call| {
            let word = call.word.as_str();
            let count = match &last {
                Some((other, count)) if other.is_as(call) => count + 1,
                _ => 1,
            };
            last = Some((call.clone(), count));
            let is_external = !names.contains(word) && !self.asked.contains(word);
            !word.is_empty() && is_external && count <= MAX_PLACES
        });
        script
    }

    /// Visits a program. `ends_script`: whether its last command determines the exit status of the script.
    pub(super) fn program(&mut self, program: &Program, ends_script: bool) {
        let last = program.complete_commands.len();
        for (index, list) in program.complete_commands.iter().enumerate() {
            self.list(list, ends_script && index + 1 == last);
        }
    }

    pub(super) fn list(&mut self, list: &CompoundList, ends_script: bool) {
        let last = list.0.len();
        for (index, item) in list.0.iter().enumerate() {
            let ends_script = ends_script && index + 1 == last;
            if matches!(item.1, brush_parser::ast::SeparatorOperator::Async) {
                self.maybe(|visit| {
                    visit.and_or(&item.0, false);
                });
            } else {
                self.and_or(&item.0, ends_script);
            }
        }
    }

    /// Visits a list, and returns whether it succeeds if that is known.
    pub(super) fn and_or(&mut self, list: &AndOrList, ends_script: bool) -> Option<bool> {
        if self.at.is_over {
            return None;
        }
        let count = list.additional.len();
        let mut value = self.pipeline(&list.first, count == 0, ends_script && count == 0);
        for (index, next) in list.additional.iter().enumerate() {
            let is_last = index + 1 == count;
            let (pipeline, wanted) = match next {
                AndOr::And(pipeline) => (pipeline, true),
                AndOr::Or(pipeline) => (pipeline, false),
            };
            match value {
                Some(known) if known != wanted => {}
                Some(_) => value = self.pipeline(pipeline, is_last, ends_script && is_last),
                None => self.maybe(|visit| {
                    visit.pipeline(pipeline, false, false);
                }),
            }
        }
        value
    }

    /// `alone`: whether `-e` applies, as no other command depends on the outcome.
    fn pipeline(&mut self, pipeline: &Pipeline, alone: bool, ends_script: bool) -> Option<bool> {
        let counts = alone && !pipeline.bang;
        if let [command] = pipeline.seq.as_slice() {
            let value = self.command(command, counts, ends_script);
            return value.map(|value| value != pipeline.bang);
        }
        for command in &pipeline.seq {
            self.maybe(|visit| {
                visit.command(command, false, false);
            });
        }
        None
    }

    /// Notes the line of a command. In a substitution, the parser counts from the substitution's beginning.
    pub(super) fn go_to(&mut self, command: &impl SourceLocation) {
        if self.depth == 0
            && let Some(location) = command.location()
        {
            self.line = location.start.line;
        }
    }

    fn command(&mut self, command: &Command, counts: bool, ends_script: bool) -> Option<bool> {
        match command {
            Command::Simple(simple) => self.simple(simple, counts, ends_script),
            Command::Compound(compound, redirects) => {
                self.go_to(compound);
                let is_certain = self.is_decisive(counts, ends_script);
                for redirect in redirects.iter().flat_map(|list| &list.0) {
                    self.redirect(redirect, is_certain);
                }
                match compound {
                    CompoundCommand::IfClause(clause) if counts => {
                        self.if_clause(clause, ends_script);
                    }
                    CompoundCommand::BraceGroup(group) if counts => {
                        self.list(&group.list, ends_script);
                    }
                    _ => self.maybe(|visit| visit.compound(compound)),
                }
                None
            }
            Command::Function(function) => {
                // The body does not run here.
                let before = self.at;
                let outside = std::mem::take(&mut self.found);
                self.maybe(|visit| visit.compound(&function.body.0));
                self.at = before;
                let body = std::mem::replace(&mut self.found, outside);
                self.functions
                    .entry(function.fname.value.clone())
                    .or_default()
                    .extend(body);
                None
            }
            Command::ExtendedTest(test, _) => self.extended_test(&test.expr),
        }
    }

    /// Whether the script certainly gets here, and ends if this fails.
    pub(super) fn is_decisive(&self, counts: bool, ends_script: bool) -> bool {
        self.at.is_straight && counts && (self.errexit || ends_script)
    }

    /// Visits commands that may not run. Their possible effects on the rest of the script are kept.
    pub(super) fn maybe(&mut self, visit: impl FnOnce(&mut Self)) {
        let (straight, errexit) = (self.at.is_straight, self.errexit);
        let had_turned = std::mem::take(&mut self.at.has_turned);
        self.at.is_straight = false;
        visit(self);
        self.at.is_straight = straight && !self.at.has_turned;
        self.at.has_turned |= had_turned;
        self.errexit = errexit;
    }

    /// Notes that the script may not reach what follows.
    pub(super) fn turn(&mut self) {
        self.at.is_straight = false;
        self.at.has_turned = true;
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
            CompoundCommand::IfClause(clause) => self.if_clause(clause, false),
            CompoundCommand::WhileClause(clause) => {
                if self.condition(&clause.0) != Some(false) {
                    self.list(&clause.1.list, false);
                }
            }
            CompoundCommand::UntilClause(clause) => {
                if self.condition(&clause.0) != Some(true) {
                    self.list(&clause.1.list, false);
                }
            }
            CompoundCommand::ArithmeticForClause(clause) => self.list(&clause.body.list, false),
            CompoundCommand::Coprocess(process) => {
                self.command(&process.body, false, false);
            }
            CompoundCommand::Arithmetic(_) => {}
        }
    }
}
