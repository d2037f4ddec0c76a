//! The way through a script: where it surely comes, and where it may.

use std::collections::BTreeSet;

use brush_parser::ast::{
    AndOr, AndOrList, Command, CompoundCommand, CompoundList, Pipeline, Program,
};

use super::Script;

pub(super) struct Walk {
    pub(super) script: Script,
    /// Whether a command that fails ends the script.
    pub(super) errexit: bool,
    /// Whether the script surely comes to where we are.
    pub(super) is_straight: bool,
    /// Whether something has been come across after which it may not go on as it stands.
    pub(super) has_turned: bool,
    pub(super) functions: BTreeSet<String>,
    /// What the script asks for before it calls it (`command -v`).
    pub(super) asked: BTreeSet<String>,
    /// How deep in substitutions.
    pub(super) depth: usize,
}

impl Walk {
    pub(super) fn new(errexit: bool) -> Self {
        Self {
            script: Script::default(),
            errexit,
            is_straight: true,
            has_turned: false,
            functions: BTreeSet::new(),
            asked: BTreeSet::new(),
            depth: 0,
        }
    }

    pub(super) fn finish(self) -> Script {
        let mut script = self.script;
        script.calls.retain(|call| {
            let word = call.word.as_str();
            !word.is_empty() && !self.functions.contains(word) && !self.asked.contains(word)
        });
        script
    }

    pub(super) fn program(&mut self, program: &Program) {
        let last = program.complete_commands.len();
        for (index, list) in program.complete_commands.iter().enumerate() {
            self.list(list, index + 1 == last && self.depth == 0);
        }
    }

    pub(super) fn list(&mut self, list: &CompoundList, ends_script: bool) {
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
    pub(super) fn maybe(&mut self, walk: impl FnOnce(&mut Self)) {
        let (straight, errexit) = (self.is_straight, self.errexit);
        let had_turned = std::mem::take(&mut self.has_turned);
        self.is_straight = false;
        walk(self);
        self.is_straight = straight && !self.has_turned;
        self.has_turned |= had_turned;
        self.errexit = errexit;
    }

    /// Notes that what follows may not be reached.
    pub(super) fn turn(&mut self) {
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
}
