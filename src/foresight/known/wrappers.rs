//! Programs that start the one that their arguments name.

mod env;
mod table;

use self::table::{Wrapper, wrapper};
use super::operands::files;
use super::{Effect, Invocation, Knower, Started, Use, is_number};

pub(super) struct Wrappers;

impl Knower for Wrappers {
    fn knows(&self, name: &str) -> bool {
        wrapper(name).is_some() || matches!(name, "env" | "flock" | "su")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let arguments = &invocation.words_without_variables();
        match (invocation.name, wrapper(invocation.name)) {
            ("env", _) => env::started(invocation.around.environment, arguments),
            ("flock", _) => flock(invocation, arguments),
            ("su", _) => login(arguments),
            ("runuser", _) if !has_user(arguments) => login(arguments),
            (name, Some(wrapper)) => {
                let effects = started(&wrapper, arguments);
                let may_be_empty = |word: &String| word == "-r" || word == "--no-run-if-empty";
                if name == "xargs" && arguments.iter().flatten().any(may_be_empty) {
                    return effects.into_iter().map(Effect::perhaps).collect();
                }
                effects
            }
            _ => Vec::new(),
        }
    }
}

/// The program that is started, as far as that is sure.
fn started(wrapper: &Wrapper, arguments: &[Option<String>]) -> Vec<Effect> {
    let Some(rest) = wrapper.rest(arguments) else {
        return Vec::new();
    };
    let started = match wrapper.by_shell {
        // A shell runs the value of this option, or all that is left.
        Some('\0') => {
            let text: Option<Vec<_>> = rest.iter().cloned().collect();
            Started::by_shell(text.map(|words| words.join(" ")))
        }
        Some(option) => match rest {
            [Some(word), text, ..] if *word == format!("-{option}") => {
                Started::by_shell(text.clone())
            }
            _ => return program(rest, !wrapper.adds),
        },
        None => return program(rest, !wrapper.adds),
    };
    vec![Effect::Starts(started)]
}

/// The program that these words are, with its arguments. `is_whole`: whether it gets no others.
fn program(words: &[Option<String>], is_whole: bool) -> Vec<Effect> {
    let Some((Some(word), arguments)) = words.split_first() else {
        return Vec::new();
    };
    let mut arguments = arguments.to_vec();
    if !is_whole {
        arguments.push(None);
    }
    vec![Effect::Starts(Started::new(word, arguments))]
}

/// su, and runuser without `-u`: the shell of `-s` runs the text of `-c`. Without `-s`, the host tells which shell it is.
fn login(arguments: &[Option<String>]) -> Vec<Effect> {
    let value = |short: &str, long: &str| {
        let at = arguments.iter().position(|word| {
            let word = word.as_deref();
            word == Some(short) || word == Some(long)
        })?;
        arguments.get(at + 1).cloned().flatten()
    };
    let shell = value("-s", "--shell").zip(value("-c", "--command"));
    let started = shell.map(|(shell, text)| {
        let arguments = ["-c".to_owned(), text].map(Some).to_vec();
        Effect::Starts(Started::new(shell, arguments))
    });
    started.into_iter().collect()
}

fn has_user(arguments: &[Option<String>]) -> bool {
    let mut words = arguments.iter().flatten();
    words.any(|word| word.starts_with("-u") || word.starts_with("--user"))
}

/// flock, which makes its lock where it is not there yet.
fn flock(invocation: &Invocation, arguments: &[Option<String>]) -> Vec<Effect> {
    let flock = Wrapper {
        values: "wE",
        long: &["wait", "timeout", "conflict-exit-code"],
        ..Wrapper::default()
    };
    let Some((lock, rest)) = flock.rest(arguments).and_then(<[_]>::split_first) else {
        return Vec::new();
    };
    let mut all = files(
        invocation,
        &[lock.as_deref().filter(|word| !is_number(word))],
        Use::Makes,
    );
    match rest {
        [Some(word), text, ..] if word == "-c" || word == "--command" => {
            all.push(Effect::Starts(Started::by_shell(text.clone())));
        }
        words => all.extend(program(words, true)),
    }
    all
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    fn of(name: &str, line: &str) -> String {
        let started = effects(name, line).into_iter().filter_map(|effect| {
            let Effect::Starts(started) = effect else {
                return None;
            };
            let word = Some(Some(started.word));
            let words = word.into_iter().chain(started.arguments);
            Some(words.map(|it| it.unwrap_or("?".to_owned())).collect())
        });
        let started: Vec<Vec<String>> = started.collect();
        started.concat().join(" ")
    }

    #[test]
    fn programs_start_programs() {
        for (name, line, expected) in [
            ("timeout", "5 web", "web"),
            ("timeout", "-k 5 --signal=TERM 5 web -k", "web -k"),
            ("timeout", "", ""),
            ("nice", "-n 5 web", "web"),
            ("nice", "-5 web", "web"),
            ("nice", "--adjustment 5 -- web -n", "web -n"),
            ("ionice", "-c3 web", "web"),
            ("chrt", "-f 10 web", "web"),
            ("stdbuf", "-oL -e 0 web", "web"),
            ("setpriv", "--reuid=1 --clear-groups web a", "web a"),
            ("chpst", "-u a:b -/ /x web", ""),
            ("chpst", "-u a:b -P web", "web"),
            ("softlimit", "-m 1000 web", "web"),
            ("setuidgid", "a web", "web"),
            ("tini", "-s -- web x", "web x"),
            ("dumb-init", "web x", "web x"),
            ("xargs", "-0 -n 1 web a", "web a ?"),
            ("sudo", "-u a -E web", "web"),
            ("runuser", "-u a -- web", "web"),
            ("runuser", "-u a web", "web"),
            ("runuser", "-s /a b -c web", "/a -c web"),
            ("su", "-c web -s /a b", "/a -c web"),
            ("su", "b -c web", ""),
            ("chroot", "/ web", "web"),
            ("chroot", "/x web", ""),
            ("nice", "? web", ""),
            ("web", "cat", ""),
            ("watch", "-n 1 a b", "/bin/sh -c a b"),
        ] {
            assert_eq!(of(name, line), expected, "{name} {line}");
        }
    }

    #[test]
    fn the_lock_is_made() {
        let lock = file("/a", Use::Makes);
        assert_eq!(effects("flock", "-n /a web")[0], lock);
        assert_eq!(of("flock", "-w 5 /a web b"), "web b");
        assert_eq!(of("flock", "/a -c web"), "/bin/sh -c web");
        assert_eq!(effects("flock", "-n 9"), []);
    }
}
