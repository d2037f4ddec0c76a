//! The path through a script: what it certainly reaches, and what it may reach.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use brush_parser::ast::{
    Command, CompoundCommand, CompoundList, FunctionDefinition, Program, SeparatorOperator,
    SourceLocation,
};

use super::beginnings::Expanded;
use super::ends::{Over, Within};
use super::state::{Failure, State, Value};
use super::{Call, Opened, Script, Start, World};
use crate::inspect::Environment;

/// How the script gets to the current place.
#[derive(Clone, Copy)]
pub(super) struct Position {
    /// Whether it certainly gets there.
    pub sure: bool,
    /// Whether a command that fails here ends the script with `-e`: it is not in a condition.
    pub counted: bool,
    /// What an earlier command may have ended.
    pub turned: Over,
    /// What an earlier command has certainly ended.
    pub over: Over,
    pub within: Within,
}

/// What the script does on its way.
#[derive(Default)]
pub(super) struct Reached {
    pub calls: BTreeSet<Call>,
    pub opened: BTreeSet<Opened>,
    /// Every word of every command. Any may be a function.
    pub words: BTreeSet<String>,
}

pub(super) struct Visit<'a> {
    pub script: Script,
    pub state: State,
    pub at: Position,
    pub functions: BTreeMap<String, Arc<FunctionDefinition>>,
    /// Functions that have been visited where they are called.
    pub called: BTreeSet<String>,
    /// What each function that runs has made its own, with values outside.
    pub locals: Vec<Vec<(String, Value)>>,
    pub found: Reached,
    /// Missing commands that certainly have been called, as the reason of a failure of the script.
    pub blamed: Vec<Call>,
    /// The last file that the script has certainly tested and not found.
    pub absent: Option<Opened>,
    /// The last file that the script has tested and of which nobody knows whether it exists.
    pub undecided: Option<Opened>,
    /// What the script does if the current command fails.
    pub failure: Failure,
    /// Commands that the script looks for (`command -v`).
    pub asked: BTreeSet<String>,
    pub world: &'a dyn World,
    /// As [`Start::is_strict`].
    pub is_strict: bool,
    /// The path of the script, `$0`.
    pub script_path: Option<String>,
    /// Whether the next substitution decides whether the script continues, as in `x=$(…)`.
    pub decides: bool,
    /// The outcome of the last substitution that decides.
    pub decided: Option<bool>,
    /// What the last simple command prints, if that is known.
    pub output: Option<String>,
    /// What the command before it in a pipe prints, if that is known.
    pub input: Option<String>,
    /// Whether what has ended last was successful.
    pub ended: Option<bool>,
    /// Whether the last end of a loop was by `break`.
    pub is_broken: bool,
    /// How deeply substitutions and files that are read in are nested here.
    pub depth: usize,
    /// How many bytes of other files have been read in.
    pub sourced: usize,
    pub steps: usize,
    /// The words that have been expanded.
    pub expanded: Expanded,
    /// The line of the current command, from 1; that of the outermost command in a substitution.
    pub line: usize,
    environment: Arc<Environment>,
}

/// A script may repeat a call at more lines than anybody reads.
const MAX_PLACES: usize = 20;

/// No more commands of a script are visited; loops and functions repeat them.
const MAX_STEPS: usize = 10_000;

/// No more commands are visited once their words have as many bytes.
const MAX_BYTES: usize = 4 << 20;

impl<'a> Visit<'a> {
    pub fn new(start: &Start<'a>) -> Self {
        let (path, positional) = match start.arguments.split_first() {
            Some((path, rest)) => (path.clone(), rest.to_vec()),
            None => (None, Vec::new()),
        };
        let positional = (!start.arguments.is_empty()).then_some(positional);
        let mut state = State::new(start.environment, positional, start.errexit);
        state.directory = start.world.directory();
        Self {
            script: Script::default(),
            state,
            at: Position {
                sure: true,
                counted: true,
                turned: Over::Nothing,
                over: Over::Nothing,
                within: Within::Script,
            },
            functions: BTreeMap::new(),
            called: BTreeSet::new(),
            locals: Vec::new(),
            found: Reached::default(),
            blamed: Vec::new(),
            absent: None,
            undecided: None,
            failure: Failure::Matters,
            asked: BTreeSet::new(),
            world: start.world,
            is_strict: start.is_strict,
            script_path: path,
            decides: false,
            decided: None,
            output: None,
            input: None,
            ended: None,
            is_broken: false,
            depth: 0,
            sourced: 0,
            steps: 0,
            expanded: Expanded::default(),
            line: 1,
            environment: Arc::default(),
        }
    }

    /// Visits the whole script.
    pub fn all(mut self, program: &Program) -> Script {
        let value = self.program(program, true);
        if value == Some(false) && self.at.over == Over::Nothing {
            self.fail(0);
        }
        self.uncalled_functions();
        let mut script = self.script;
        let (mut calls, asked) = (self.found.calls, self.asked);
        let certain: BTreeSet<_> = calls
            .iter()
            .filter(|call| call.is_certain)
            .map(Call::key)
            .collect();
        // The same call at other lines is behind it.
        let mut last: Option<(Call, usize)> = None;
        calls.retain(|call| {
            if !call.is_certain && (certain.contains(&call.key()) || asked.contains(&call.word)) {
                return false;
            }
            let count = match &last {
                Some((other, count)) if other.is_as(call) => count + 1,
                _ => 1,
            };
            last = Some((call.clone(), count));
            count <= MAX_PLACES
        });
        script.calls = calls;
        script.opened = self.found.opened;
        script
    }

    /// `ends_script`: whether the script's exit status is that of its last command.
    pub fn program(&mut self, program: &Program, ends_script: bool) -> Option<bool> {
        let last = program.complete_commands.len();
        let mut value = Some(true);
        for (index, list) in program.complete_commands.iter().enumerate() {
            value = self.list(list, ends_script && index + 1 == last);
        }
        value
    }

    pub fn list(&mut self, list: &CompoundList, ends_script: bool) -> Option<bool> {
        let last = list.0.len();
        let mut value = Some(true);
        for (index, item) in list.0.iter().enumerate() {
            if self.at.over != Over::Nothing {
                return self.ended;
            }
            let ends_script = ends_script && index + 1 == last;
            if matches!(item.1, SeparatorOperator::Async) {
                self.maybe(|visit| {
                    visit.and_or(&item.0, false);
                });
                value = Some(true);
            } else {
                value = self.and_or(&item.0, ends_script);
            }
        }
        value
    }

    /// Records the line of a command. In a substitution, the parser counts from the substitution's beginning.
    pub fn go_to(&mut self, command: &impl SourceLocation) {
        if self.depth == 0
            && let Some(location) = command.location()
        {
            self.line = location.start.line;
        }
    }

    pub fn command(&mut self, command: &Command, counts: bool, ends_script: bool) -> Option<bool> {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.expanded.bytes > MAX_BYTES {
            self.turn(Over::Script);
            self.at.over = Over::Script;
            return None;
        }
        match command {
            Command::Simple(simple) => self.simple(simple, counts, ends_script),
            Command::Compound(compound, redirects) => {
                self.go_to(compound);
                let is_certain = self.is_decisive(counts, ends_script);
                for redirect in redirects.iter().flat_map(|list| &list.0) {
                    self.redirect(redirect, is_certain);
                }
                self.counted_if(counts, |visit| visit.compound(compound, ends_script))
            }
            Command::Function(function) => {
                // Its body runs where it is called.
                let name = function.fname.value.clone();
                self.functions.insert(name, Arc::new(function.clone()));
                Some(true)
            }
            Command::ExtendedTest(test, _) => {
                let is_decisive = self.is_decisive(counts, ends_script);
                self.deciding_extended_test(&test.expr, is_decisive)
            }
        }
    }

    pub fn compound(&mut self, compound: &CompoundCommand, ends_script: bool) -> Option<bool> {
        match compound {
            CompoundCommand::BraceGroup(group) => self.list(&group.list, ends_script),
            CompoundCommand::Subshell(shell) => {
                self.in_subshell(|visit| visit.list(&shell.list, ends_script))
            }
            CompoundCommand::IfClause(clause) => self.if_clause(clause, ends_script),
            CompoundCommand::CaseClause(clause) => self.case_clause(clause, ends_script),
            CompoundCommand::ForClause(clause) => self.for_clause(clause),
            CompoundCommand::WhileClause(clause) => {
                self.while_clause(&clause.0, &clause.1.list, true)
            }
            CompoundCommand::UntilClause(clause) => {
                self.while_clause(&clause.0, &clause.1.list, false)
            }
            CompoundCommand::ArithmeticForClause(clause) => {
                self.maybe(|visit| {
                    visit.list(&clause.body.list, false);
                });
                None
            }
            CompoundCommand::Coprocess(process) => {
                self.maybe(|visit| {
                    visit.command(&process.body, false, false);
                });
                Some(true)
            }
            CompoundCommand::Arithmetic(arithmetic) => {
                let value = self.arithmetic_test(&arithmetic.expr.value);
                self.arithmetic(&arithmetic.expr.value);
                value
            }
        }
    }

    /// The variables that a program gets here.
    pub fn environment(&mut self) -> Arc<Environment> {
        let environment = self.state.environment();
        if *self.environment != environment {
            self.environment = Arc::new(environment);
        }
        self.environment.clone()
    }
}
