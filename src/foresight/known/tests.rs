use super::*;
use crate::config::ProgramTable;
use crate::inspect::{Environment, World};
use crate::service::Settings;

/// What the program of this name does when it is started with these words; `?` is one that nobody knows.
pub(super) fn effects(name: &str, line: &str) -> Vec<Effect> {
    let effects = with(name, line, |invocation| {
        let all = known_of(invocation);
        all.flat_map(|knower| knower.effects(invocation)).collect()
    });
    effects.unwrap_or_default()
}

/// What it does by this text, when it is started with these words.
pub(super) fn reading(name: &str, line: &str, text: &str) -> Result<Reading, String> {
    let reading = with(name, line, |invocation| {
        let knower = known_of(invocation).nth(1);
        knower.map(|knower| knower.read(invocation, text))
    });
    reading
        .flatten()
        .unwrap_or_else(|| Err("is not known".to_owned()))
}

struct Nowhere;

impl World for Nowhere {
    fn test(&self, _flag: &str, _path: &str) -> Option<bool> {
        None
    }
}

fn with<T>(name: &str, line: &str, ask: impl FnOnce(&Invocation) -> T) -> Option<T> {
    let written: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
    let known_words = written
        .iter()
        .map(|word| (word != "?").then(|| word.clone()));
    let table = ProgramTable::with(&std::collections::BTreeMap::new()).ok()?;
    let invocation = Invocation {
        name,
        file: None,
        arguments: &known_words.collect::<Vec<_>>(),
        written: &written,
        around: Surroundings {
            settings: &Settings::default(),
            environment: &Environment::default(),
            is_privileged: false,
            keeps_root: false,
            programs: &table,
            directory: Some("/"),
        },
        world: &Nowhere,
    };
    Some(ask(&invocation))
}

pub(super) fn file(path: &str, how: Use) -> Effect {
    Effect::file(path.to_owned(), how)
}

#[test]
fn no_program_is_known_twice() {
    for name in [
        "cat", "chown", "cp", "env", "getent", "git", "id", "initdb", "install", "ln", "mktemp",
        "nginx", "openssl", "rm", "sh", "sqlite3", "tar",
    ] {
        let count = KNOWERS.iter().filter(|knower| knower.knows(name)).count();
        assert_eq!(count, 1, "{name}");
    }
    assert!(known("web").is_none());
}
