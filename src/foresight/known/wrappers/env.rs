//! env, which changes the environment of what it starts.

use std::sync::Arc;

use super::super::{Directory, Effect, Started};
use crate::inspect::Environment;

/// The program that is started, as far as that is sure.
pub(super) fn started(outer: &Environment, arguments: &[Option<String>]) -> Vec<Effect> {
    let mut environment = outer.clone();
    let mut directory = Directory::OfStarter;
    let mut words = arguments.to_vec();
    words.reverse();
    while let Some(Some(word)) = words.pop() {
        if let Some((name, value)) = word.split_once('=')
            && !word.starts_with('-')
        {
            environment.set(name, Some(value.to_owned()));
            continue;
        }
        let (option, attached) = split(&word);
        let mut value = || attached.clone().or_else(|| words.pop().flatten());
        match option {
            "--" | "-v" | "--debug" | "-0" | "--null" => {}
            "-" | "-i" | "--ignore-environment" => environment = Environment::cleared(),
            "-u" | "--unset" => match value() {
                Some(name) => environment.unset(&name),
                None => return Vec::new(),
            },
            "-C" | "--chdir" => {
                let known = value().filter(|path| path.starts_with('/'));
                directory = known.map_or(Directory::Unknown, Directory::At);
            }
            "-S" | "--split-string" => {
                let Some(line) = value() else {
                    return Vec::new();
                };
                let line = line.split_whitespace().map(|word| Some(word.to_owned()));
                words.extend(line.rev());
            }
            option if option.starts_with('-') => return Vec::new(),
            program => {
                let arguments = words.into_iter().rev().collect();
                let environment = Some(Arc::new(environment));
                return vec![Effect::Starts(Started {
                    environment,
                    directory,
                    ..Started::new(program, arguments)
                })];
            }
        }
    }
    Vec::new()
}

/// An option, and the value in the same word.
fn split(word: &str) -> (&str, Option<String>) {
    if let Some((option, value)) = word.split_once('=') {
        return (option, Some(value.to_owned()));
    }
    match word.get(..2) {
        Some(option @ ("-u" | "-C" | "-S")) if word.len() > 2 => {
            (option, Some(word[2..].to_owned()))
        }
        _ => (word, None),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::effects;
    use super::*;

    #[test]
    fn the_environment_is_changed() {
        let of = |line| match effects("env", line).as_slice() {
            [Effect::Starts(started)] => {
                let environment = started.environment.as_deref();
                let path = environment.and_then(Environment::path).unwrap_or_default();
                let has_path = environment.is_some_and(Environment::has_path);
                let path = if has_path { path.join(":") } else { "-".into() };
                format!("{} {path} {}", started.word, started.arguments.len())
            }
            effects => format!("{effects:?}"),
        };
        assert_eq!(of("A=b web -x"), "web - 1");
        assert_eq!(of("PATH=/a:/b web"), "web /a:/b 0");
        assert_eq!(of("PATH=/a -u PATH web"), "web - 0");
        assert_eq!(of("PATH=/a --unset=PATH web"), "web - 0");
        assert_eq!(of("PATH=/a -i A=1 web -i"), "web - 1");
        assert_eq!(of("-C /x PATH=/a -- web"), "web /a 0");
        assert_eq!(of("--x web"), "[]");
        assert_eq!(of("? web"), "[]");
        let split = vec![Some("-S".to_owned()), Some("PATH=/a web x".to_owned())];
        assert!(matches!(
            started(&Environment::default(), &split).as_slice(),
            [Effect::Starts(started)] if started.word == "web" && started.arguments.len() == 1
        ));
        let there = Started {
            directory: Directory::At("/x".to_owned()),
            environment: Some(Arc::default()),
            ..Started::new("web", Vec::new())
        };
        assert_eq!(effects("env", "-C /x web"), [Effect::Starts(there)]);
    }
}
