//! What well-known commands do to the files that their arguments name.

use std::iter::zip;

/// What a command does to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It fails without this file.
    Reads(String),
    /// It does without this file.
    Names(String),
    /// It makes this file or directory, and fails where it can't.
    Makes {
        path: String,
        /// For a directory: whether with all that lead to it; `None` for a file.
        directory: Option<bool>,
    },
    /// It puts another file in the place of this one.
    Replaces(String),
}

/// Commands that fail where one of the files they are given is missing.
const READERS: [&str; 11] = [
    "base64",
    "cat",
    "head",
    "md5sum",
    "nl",
    "od",
    "sha256sum",
    "sort",
    "tac",
    "tail",
    "wc",
];

/// What the command of this name surely does to files, as far as its arguments are known.
pub(super) fn effects(name: &str, arguments: &[Option<String>]) -> Vec<Effect> {
    let is_option = |argument: &&Option<String>| {
        argument
            .as_ref()
            .is_some_and(|argument| argument.starts_with('-') && argument != "-")
    };
    let options: Vec<_> = arguments.iter().filter(is_option).flatten().collect();
    let operands: Vec<_> = arguments
        .iter()
        .filter(|argument| !is_option(argument))
        .collect();
    let paths = |operands: &[&Option<String>]| {
        let known = operands.iter().copied().flatten();
        known
            .filter(|path| path.starts_with('/'))
            .cloned()
            .collect::<Vec<_>>()
    };
    let makes = |paths: Vec<String>, directory| {
        let make = move |path| Effect::Makes { path, directory };
        paths.into_iter().map(make).collect()
    };
    match (name, operands.as_slice()) {
        (name, operands) if READERS.contains(&name) => {
            paths(operands).into_iter().map(Effect::Reads).collect()
        }
        ("mkdir", operands) => {
            let is_parents = |option: &&String| {
                *option == "--parents" || !option.starts_with("--") && option.contains('p')
            };
            makes(paths(operands), Some(options.iter().any(is_parents)))
        }
        ("install", _) if options.iter().any(|option| is_directory(option)) => {
            makes(paths(&operands_of_install(arguments)), Some(true))
        }
        ("sed", [_, files @ ..]) if options.iter().any(|option| is_in_place(option)) => {
            paths(files).into_iter().map(Effect::Replaces).collect()
        }
        // It is made where it is not there yet.
        ("flock", [lock, ..]) if !has_value(&options) => makes(paths(&[*lock]), None),
        ("touch", operands) => makes(paths(operands), None),
        ("cp" | "mv", [sources @ .., target]) if !sources.is_empty() => {
            let has_target = options
                .iter()
                .any(|option| option.starts_with("-t") || option.starts_with("--target"));
            let mut all: Vec<_> = paths(sources).into_iter().map(Effect::Reads).collect();
            if !has_target {
                all.extend(makes(paths(&[*target]), None));
            }
            all
        }
        ("ln", [source, rest @ ..]) => {
            let names = paths(&[*source]).into_iter().map(Effect::Names);
            names.chain(makes(paths(rest), None)).collect()
        }
        (
            "basename" | "dirname" | "killall" | "pkill" | "readlink" | "realpath" | "rm",
            operands,
        ) => paths(operands).into_iter().map(Effect::Names).collect(),
        _ => Vec::new(),
    }
}

/// Options of flock that take a value.
fn has_value(options: &[&String]) -> bool {
    let takes = |option: &&&String| {
        matches!(
            option.as_str(),
            "-w" | "--timeout" | "-E" | "--conflict-exit-code"
        )
    };
    options.iter().any(|option| takes(&option))
}

/// Whether an option of install asks for directories.
fn is_directory(option: &str) -> bool {
    option == "--directory" || !option.starts_with("--") && option.contains('d')
}

/// Whether an option of sed has it write to the files that it reads.
fn is_in_place(option: &str) -> bool {
    option.starts_with("--in-place") || !option.starts_with("--") && option.contains('i')
}

/// The arguments of install that are neither options nor their values.
fn operands_of_install(arguments: &[Option<String>]) -> Vec<&Option<String>> {
    let mut is_value = false;
    let is_operand = |argument: &&Option<String>| {
        let word = argument.as_deref().unwrap_or_default();
        let was_value = std::mem::replace(
            &mut is_value,
            matches!(
                word,
                "-o" | "-g" | "-m" | "-S" | "-t" | "--owner" | "--group" | "--mode"
            ),
        );
        !was_value && !word.starts_with('-')
    };
    arguments.iter().filter(is_operand).collect()
}

/// The command that the command of this name runs, with its arguments, as far as that is sure.
pub(super) fn wrapped<'a>(
    name: &str,
    arguments: &'a [Option<String>],
) -> Option<(&'a str, &'a [Option<String>])> {
    let is_assignment = |word: &str| name == "env" && (word.contains('=') || word == "-i");
    let mut rest = arguments;
    if name == "timeout" {
        rest = rest.get(1..)?;
    }
    if !matches!(name, "env" | "nice" | "nohup" | "setsid" | "timeout") {
        return None;
    }
    loop {
        let (first, more) = rest.split_first()?;
        let first = first.as_deref()?;
        if !is_assignment(first) {
            let is_known = !first.starts_with('-') && !arguments[0].as_ref()?.starts_with("--");
            return is_known.then_some((first, more));
        }
        // It may say where the command is looked for.
        if first.starts_with("PATH=") || first == "-i" {
            return None;
        }
        rest = more;
    }
}

/// The names of users and groups that a command looks up, whoever runs it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lookup {
    /// The name of the user that runs it.
    Own,
    /// This user.
    User(String),
    /// This group.
    Group(String),
}

/// What the command of this name surely looks up.
pub(super) fn lookups(name: &str, arguments: &[Option<String>]) -> Vec<Lookup> {
    let known: Vec<&str> = arguments.iter().flatten().map(String::as_str).collect();
    let options = known.iter().filter(|word| word.starts_with('-'));
    let operand = arguments.iter().find(|argument| {
        argument
            .as_ref()
            .is_none_or(|argument| !argument.starts_with('-'))
    });
    match (name, operand) {
        ("whoami" | "initdb", _) => vec![Lookup::Own],
        ("id", Some(Some(user))) => user_of(user).into_iter().collect(),
        ("id", None) => {
            let names = |option: &str| {
                option == "--name"
                    || !option.starts_with("--") && option.contains('n') && !option.contains('G')
            };
            options
                .filter(|option| names(option))
                .map(|_| Lookup::Own)
                .take(1)
                .collect()
        }
        ("chown", Some(Some(owner)))
            if !known.iter().any(|word| word.starts_with("--reference")) =>
        {
            let (user, group) = owner.split_once([':', '.']).unwrap_or((owner, ""));
            user_of(user).into_iter().chain(group_of(group)).collect()
        }
        ("chgrp", Some(Some(group))) => group_of(group).into_iter().collect(),
        ("install", _) => zip(known.iter(), known.iter().skip(1))
            .filter_map(|(option, value)| match *option {
                "-o" | "--owner" => user_of(value),
                "-g" | "--group" => group_of(value),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

fn user_of(text: &str) -> Option<Lookup> {
    is_name(text).then(|| Lookup::User(text.to_owned()))
}

fn group_of(text: &str) -> Option<Lookup> {
    is_name(text).then(|| Lookup::Group(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Option<String>> {
        let words = line.split_whitespace();
        words
            .map(|word| (word != "?").then(|| word.to_owned()))
            .collect()
    }

    #[test]
    fn commands_read_and_make_files() {
        let of = |name, line| effects(name, &words(line));
        let reads = |path: &str| Effect::Reads(path.to_owned());
        let makes = |path: &str, directory| Effect::Makes {
            path: path.to_owned(),
            directory,
        };
        assert_eq!(of("cat", "-n /a ? b /c"), [reads("/a"), reads("/c")]);
        assert_eq!(of("mkdir", "-m 755 -p /a"), [makes("/a", Some(true))]);
        assert_eq!(of("mkdir", "--mode=755 /a"), [makes("/a", Some(false))]);
        assert_eq!(of("cp", "-r /a /b"), [reads("/a"), makes("/b", None)]);
        assert_eq!(of("cp", "/a ?"), [reads("/a")]);
        let names = Effect::Names("/a".to_owned());
        assert_eq!(of("ln", "-sf /a /b"), [names.clone(), makes("/b", None)]);
        assert_eq!(of("rm", "-f /a"), [names]);
        assert_eq!(
            of("install", "-d -o web -m 0700 /a /b"),
            [makes("/a", Some(true)), makes("/b", Some(true))]
        );
        assert_eq!(of("install", "-m 644 /a /b"), []);
        assert_eq!(of("flock", "-n /a web"), [makes("/a", None)]);
        assert_eq!(of("flock", "-w 5 /a web"), []);
        assert_eq!(
            of("sed", "-i s/a/b/ /a"),
            [Effect::Replaces("/a".to_owned())]
        );
        assert_eq!(of("sed", "s/a/b/ /a"), []);
        assert_eq!(of("web", "/a"), []);
    }

    #[test]
    fn commands_run_commands() {
        let of = |name, line| {
            let arguments = words(line);
            wrapped(name, &arguments).map(|(word, rest)| (word.to_owned(), rest.len()))
        };
        let is = |word: &str, count| Some((word.to_owned(), count));
        assert_eq!(of("env", "A=b web -x"), is("web", 1));
        assert_eq!(of("timeout", "5 web"), is("web", 0));
        assert_eq!(of("nice", "-n 5 web"), None);
        assert_eq!(of("env", "PATH=/a web"), None);
        assert_eq!(of("env", "? web"), None);
        assert_eq!(of("web", "cat"), None);
        assert_eq!(of("timeout", ""), None);
    }

    #[test]
    fn commands_look_users_up() {
        let of = |name, line| lookups(name, &words(line));
        let (user, group) = (Lookup::User("web".into()), Lookup::Group("www".into()));
        assert_eq!(of("id", ""), []);
        assert_eq!(of("id", "-u"), []);
        assert_eq!(of("id", "-un"), [Lookup::Own]);
        assert_eq!(of("id", "-u web"), [Lookup::User("web".into())]);
        assert_eq!(of("chown", "-R web:www /a"), [user.clone(), group.clone()]);
        assert_eq!(of("chown", "web.www /a"), [user.clone(), group.clone()]);
        assert_eq!(of("chown", "0:0 /a"), []);
        assert_eq!(of("chown", "? /a"), []);
        assert_eq!(of("chown", "--reference=/a /b"), []);
        assert_eq!(of("install", "-o web -g www /a"), [user, group]);
    }
}
