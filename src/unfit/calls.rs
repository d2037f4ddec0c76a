//! The programs that a service starts, by their names, as far as its unit and its shell scripts tell.

use std::collections::BTreeSet;

use anyhow::Result;

use crate::document::Kind;
use crate::inspect::{Environment, Start, World, commands, read_script, unwrapped};
use crate::service::{ExecSetting, Service};
use crate::store::{Entry, StoreDir, StoreFiles};

/// Scripts that scripts start are read to this depth.
const DEPTH: usize = 3;

/// The names of the programs that a service starts, each without the decoration of wrappers.
pub fn programs(
    service: &Service,
    dir: &StoreDir,
    files: &dyn StoreFiles,
) -> Result<BTreeSet<String>> {
    let mut programs = BTreeSet::new();
    for setting in ExecSetting::ALL {
        for (_, line) in service.commands(setting) {
            for command in commands(&line.text) {
                let words = std::iter::once(&command.program).chain(&command.arguments);
                for (index, word) in words.enumerate() {
                    // Others start what they are given: env, flock, tini.
                    let is_program = dir.owner(word).is_some() && is_of_programs(word);
                    if index == 0 || is_program {
                        add(&mut programs, word, dir, files, DEPTH)?;
                    }
                }
            }
        }
    }
    Ok(programs)
}

fn is_of_programs(path: &str) -> bool {
    ["/bin/", "/sbin/", "/libexec/"]
        .iter()
        .any(|directory| path.contains(directory))
}

fn add(
    programs: &mut BTreeSet<String>,
    path: &str,
    dir: &StoreDir,
    files: &dyn StoreFiles,
    depth: usize,
) -> Result<()> {
    if !programs.insert(name(path).to_owned()) || depth == 0 || dir.owner(path).is_none() {
        return Ok(());
    }
    let Some(text) = shell_script(path, files)? else {
        return Ok(());
    };
    let start = Start {
        errexit: false,
        is_strict: false,
        environment: &Environment::default(),
        arguments: Vec::new(),
        world: &Nowhere,
    };
    // What can't be parsed is foresight's to tell.
    let Ok(script) = read_script(&text, &start) else {
        return Ok(());
    };
    for call in &script.calls {
        add(programs, &call.word, dir, files, depth - 1)?;
    }
    Ok(())
}

/// The text of a shell script; `None` if the file is something else.
fn shell_script(path: &str, files: &dyn StoreFiles) -> Result<Option<String>> {
    let is_file = matches!(
        files.entry(path, None)?,
        Some(Entry::File { size, .. }) if size <= Kind::Script.limit()
    );
    if !is_file {
        return Ok(None);
    }
    let content = files.read(path, Kind::Script)?.unwrap_or_default();
    let Ok(text) = String::from_utf8(content) else {
        return Ok(None);
    };
    let first = text.lines().next().unwrap_or_default();
    let interpreter = first.strip_prefix("#!").unwrap_or_default();
    let is_shell = interpreter
        .split_whitespace()
        .take(2)
        .any(|word| matches!(name(word), "sh" | "bash" | "dash" | "ash"));
    Ok(is_shell.then_some(text))
}

/// The name of a program: `.web-wrapped` is `web`.
fn name(path: &str) -> &str {
    unwrapped(path.rsplit('/').next().unwrap_or(path))
}

/// No root: only the text of a script counts.
struct Nowhere;

impl World for Nowhere {
    fn test(&self, _: &str, _: &str) -> Option<bool> {
        None
    }
}
