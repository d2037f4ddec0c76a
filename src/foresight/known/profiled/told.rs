//! What a program of the table is told by its arguments and by its configuration.

use std::collections::BTreeMap;

use super::super::options::{Options, is_option};
use super::super::{Effect, Invocation, Name, Purpose, Use};
use super::configured::Configured;
use crate::config::Program;
use crate::inspect::Variable;

/// A program, and what it is told by its arguments.
pub(super) struct Told<'a> {
    program: &'a Program,
    invocation: &'a Invocation<'a>,
    options: Options<'a>,
}

impl<'a> Told<'a> {
    pub fn new(program: &'a Program, invocation: &'a Invocation<'a>) -> Self {
        let lists = [
            &program.config,
            &program.user,
            &program.group,
            &program.owner,
            &program.home_unless,
            &program.ignores,
            &program.values,
        ];
        let places = [&program.reads, &program.makes, &program.tries];
        let placed = places.into_iter().flat_map(BTreeMap::values);
        let named = lists.into_iter().chain(placed).flatten();
        let options = named.filter(|name| is_option(name)).map(String::as_str);
        Self {
            program,
            invocation,
            options: Options::new(invocation.arguments, options, program.wraps),
        }
    }

    /// Those names that are keys of a configuration.
    pub fn keys(names: &[String]) -> impl Iterator<Item = &str> {
        let keys = names.iter().map(String::as_str);
        keys.filter(|name| !is_option(name))
    }

    /// Its configuration files.
    pub fn configurations(&self) -> Vec<String> {
        let first = self.invocation.arguments.first();
        let first = first.and_then(Option::as_deref);
        let first = first.filter(|word| self.program.config_first && !is_option(word));
        // What is no path is most likely the value of an option that is not known.
        let operand = self.options.operands().next();
        let is_path = |word: &&str| self.program.config_operand && word.contains('/');
        let operand = operand.flatten().filter(is_path).or(first);
        let named = self.options.values(&self.program.config);
        let named = named.filter_map(|(_, value)| value);
        named
            .chain(operand)
            .filter(|path| *path != "/dev/null")
            .filter_map(|path| self.invocation.around.absolute(path))
            .collect()
    }

    /// Files that it is told of and does without.
    pub fn ignored(&self) -> impl Iterator<Item = Effect> {
        let named = self.options.values(&self.program.ignores);
        let named = named.filter_map(|(_, value)| value);
        named.map(|path| Effect::file(path.to_owned(), Use::Names))
    }

    /// Whether an option that is not known names a file, which may be its configuration.
    pub fn may_have_more(&self) -> bool {
        let mut unknown = self.options.unknown();
        unknown.any(|option| option.contains("=/"))
    }

    /// Whether it takes notice of users that it is told of.
    fn minds_users(&self) -> bool {
        self.invocation.around.is_root() || self.program.always_looks_up
    }

    /// The users that its arguments name, or that it looks up whatever they are.
    pub fn users(&self) -> Vec<Effect> {
        let program = self.program;
        let mut all = Vec::new();
        if program.looks_up_own || self.options.has(&program.looks_up_own_with) {
            all.push(Effect::looks_up(Name::Own));
        }
        if self.invocation.around.is_root() {
            let always = program.looks_up.iter().filter_map(|name| Name::user(name));
            all.extend(always.map(Effect::looks_up));
        }
        if !self.minds_users() {
            return all;
        }
        let given = |names| {
            let values = self.options.values(names);
            values.filter_map(|(option, value)| Some((option, value?)))
        };
        for (option, user) in given(&program.user) {
            all.extend(self.becomes(user).map(|it| it.told_by(option)));
        }
        all.extend(self.operand().into_iter().flat_map(|it| self.becomes(it)));
        for (option, group) in given(&program.group) {
            let name = Name::group(group);
            all.extend(name.map(|name| self.becomes_one(name).told_by(option)));
        }
        for (option, owner) in given(&program.owner) {
            all.extend(owners(owner).map(|it| it.told_by(option)));
        }
        all
    }

    /// The user that its first operand names.
    fn operand(&self) -> Option<&'a str> {
        let takes_one = self.program.user_operand && !self.options.has(&self.program.user);
        let mut operands = self.options.operands().filter(|word| *word != Some("-"));
        operands.next().flatten().filter(|_| takes_one)
    }

    /// The users that its configuration names.
    pub fn configured_users(&self, configured: &Configured) -> Vec<Effect> {
        let program = self.program;
        let mut all = Vec::new();
        if !self.minds_users() {
            return all;
        }
        if !self.options.has(&program.user) {
            for (place, user) in configured.values(&program.user) {
                all.extend(self.becomes(user).map(|it| it.told_by(&place)));
            }
        }
        for (place, group) in configured.values(&program.group) {
            let name = Name::group(group);
            all.extend(name.map(|name| self.becomes_one(name).told_by(&place)));
        }
        for (place, owner) in configured.words(&program.owner) {
            all.extend(owners(&owner).map(|it| it.perhaps().told_by(&place)));
        }
        all
    }

    /// What it does unless something names another. `is_named`: whether something other than its arguments does so.
    pub fn defaults(&self, is_named: impl Fn(&[String]) -> bool) -> impl Iterator<Item = Effect> {
        let program = self.program;
        let is_left = |names: &[String]| {
            !self.options.has(names) && !self.sets_any(names) && !is_named(names)
        };
        let user = program.default_user.as_deref().filter(|_| {
            let names: Vec<_> = [&program.user[..], &program.default_unless].concat();
            self.minds_users() && self.operand().is_none() && is_left(&names)
        });
        let user = user.into_iter().flat_map(|user| self.becomes(user));
        let mut all: Vec<_> = user.collect();
        let varies = program.default_varies && self.minds_users() && is_left(&program.user);
        all.extend(varies.then(|| Effect::BecomesAnother.perhaps()));
        let mut add = |files: &BTreeMap<String, Vec<String>>, how, is_certain: bool| {
            let left = files.iter().filter(|(_, others)| is_left(others));
            let effects = left.filter_map(|(path, _)| self.file(path, how));
            all.extend(effects.map(|it| if is_certain { it } else { it.perhaps() }));
        };
        add(&program.reads, Use::Reads, true);
        add(&program.makes, Use::Makes, true);
        add(&program.tries, Use::Makes, false);
        all.into_iter()
    }

    /// The files that it reads because of its options, or of keys. `is_given`: whether one of these is.
    pub fn read_with(&self, is_given: impl Fn(&[String]) -> bool) -> Vec<Effect> {
        let files = self.program.reads_with.iter();
        let read = files.filter(|(_, names)| is_given(names));
        read.filter_map(|(path, _)| self.file(path, Use::Reads))
            .collect()
    }

    /// Whether one of these options is given.
    pub fn is_given(&self, names: &[String]) -> bool {
        self.options.has(names)
    }

    fn file(&self, path: &str, how: Use) -> Option<Effect> {
        let is_made = how == Use::Makes && path.ends_with('/');
        let how = if is_made {
            Use::MakesDirectory(true)
        } else {
            how
        };
        let path = self
            .invocation
            .around
            .absolute(path.trim_end_matches('/'))?;
        Some(Effect::file(path, how))
    }

    /// What it may do only as root of the host.
    pub fn privileges(&self) -> Vec<Effect> {
        let program = self.program;
        let mut all = Vec::new();
        // An empty user or group is none.
        let mut given = self.options.values(&program.sets_groups_with);
        let names_none = given.any(|(_, value)| value == Some(""));
        let sets_groups = self.options.has(&program.sets_groups_with) && !names_none;
        if program.sets_groups || sets_groups {
            all.push(Effect::SetsGroups);
        }
        if let Some(capability) = &program.capability
            && !self.options.has(&program.capability_unless)
        {
            let needs = Effect::Needs(capability.clone());
            let goes_on = program.survives;
            all.push(if goes_on { needs.perhaps() } else { needs });
        }
        if program.uses_pam {
            all.push(Effect::AsksPam);
        }
        let without = &program.home_unless;
        if program.needs_home && !self.options.has(without) && !self.sets_any(without) {
            all.push(Effect::NeedsHome);
        }
        all
    }

    /// Whether one of these names is a variable, with a `$`, that is set.
    fn sets_any(&self, names: &[String]) -> bool {
        let environment = self.invocation.around.environment;
        let mut variables = names.iter().filter_map(|name| name.strip_prefix('$'));
        variables.any(|name| environment.variable(name) != Variable::Unset)
    }

    /// What comes of a user, perhaps with a group behind a colon.
    fn becomes(&self, text: &str) -> impl Iterator<Item = Effect> {
        let names = names(text);
        names.map(|name| self.becomes_one(name))
    }

    fn becomes_one(&self, name: Name) -> Effect {
        let is_root = self.invocation.around.is_root();
        let purpose = if self.program.stays {
            Purpose::Tell
        } else if !is_root && self.program.always_changes {
            Purpose::BecomeAnyway
        } else if !is_root {
            Purpose::Tell
        } else if self.program.survives {
            Purpose::TryToBecome
        } else {
            Purpose::Become
        };
        Effect::LooksUp {
            name,
            purpose,
            is_certain: true,
        }
    }
}

/// A user, perhaps with a group behind a colon.
fn names(text: &str) -> impl Iterator<Item = Name> {
    let (user, group) = text.split_once(':').unwrap_or((text, ""));
    [Name::user(user), Name::group(group)].into_iter().flatten()
}

/// Whom files are given to: `web:www`, or `0640 web www` with the mode of the files.
fn owners(text: &str) -> impl Iterator<Item = Effect> {
    let is_mode = |word: &str| {
        matches!(word.len(), 3 | 4) && word.bytes().all(|b| (b'0'..=b'7').contains(&b))
    };
    let words: Vec<_> = text.split_whitespace().take(3).collect();
    let words = match words.as_slice() {
        [mode, rest @ ..] if is_mode(mode) && !rest.is_empty() => rest,
        all => all,
    };
    let all: Vec<_> = names(&words.join(":")).map(Effect::gives).collect();
    all.into_iter()
}
