//! Wrappers that nixpkgs' makeBinaryWrapper compiles: programs that change their environment and run another one. The command that made
//! a wrapper is among its strings (`docstring` in nixpkgs' make-binary-wrapper.sh).

use super::{Elf, Environment, Start, Variable, World, read_script};
use crate::document::Document;

/// No wrapper is larger, in bytes.
const MAX_SIZE: usize = 256 * 1024;

/// The names that a wrapper takes from libraries are in fewer bytes.
const MAX_NAMES: u64 = 4096;

/// What the command in a wrapper begins with.
const START: &[u8] = b"\nmakeCWrapper ";

/// What a wrapper does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapper {
    /// The path of the program that it runs.
    pub program: String,
    /// The arguments that it puts before its own.
    pub before: Vec<String>,
    /// The arguments that it puts behind its own.
    pub after: Vec<String>,
    /// The variables that the program gets.
    pub environment: Environment,
    /// The directory that it changes to.
    pub directory: Option<String>,
}

/// The command that made a program, if that is a wrapper.
pub(super) fn wrapper_command(elf: &Elf, document: &Document) -> Option<String> {
    let has_few_names = elf.strings.is_some_and(|(_, size)| size < MAX_NAMES);
    if !has_few_names
        || document.size() > MAX_SIZE as u64
        || elf.symbols(document, &["execv"]).is_empty()
    {
        return None;
    }
    let content = document.head(MAX_SIZE).ok()?;
    let start = find(&content, START)?;
    let command = &content[start + 1..];
    // A comment follows after empty lines, and the string ends with a zero.
    let end = find(command, b"\n\n").or_else(|| command.iter().position(|byte| *byte == 0))?;
    String::from_utf8(command[..end].to_vec()).ok()
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|it| it == wanted)
}

/// Reads the command that made a wrapper; `None` if it is not understood. `environment`: what the wrapper gets.
pub fn read_wrapper(command: &str, environment: &Environment) -> Option<Wrapper> {
    let start = Start {
        errexit: true,
        is_strict: false,
        environment: &Environment::default(),
        arguments: Vec::new(),
        world: &Nowhere,
    };
    let script = read_script(command, &start).ok()?;
    let call = script.calls.first()?;
    let words: Option<Vec<String>> = call.arguments.iter().cloned().collect();
    let mut words = words?.into_iter();
    let mut wrapper = Wrapper {
        program: words.next()?,
        before: Vec::new(),
        after: Vec::new(),
        environment: environment.clone(),
        directory: None,
    };
    while let Some(option) = words.next() {
        let mut next = || words.next();
        match option.as_str() {
            "--inherit-argv0" | "--resolve-argv0" => {}
            "--argv0" => {
                next()?;
            }
            "--set" => wrapper.environment.set(&next()?, Some(next()?)),
            "--set-default" => {
                let (name, value) = (next()?, next()?);
                if wrapper.environment.variable(&name) == Variable::Unset {
                    wrapper.environment.set(&name, Some(value));
                }
            }
            "--unset" => wrapper.environment.unset(&next()?),
            "--prefix" => wrapper.add(&next()?, &next()?, &next()?, true),
            "--suffix" => wrapper.add(&next()?, &next()?, &next()?, false),
            "--chdir" => wrapper.directory = Some(next()?),
            "--add-flag" => wrapper.before.push(next()?),
            "--add-flags" => wrapper.before.extend(split(&next()?)),
            "--append-flag" => wrapper.after.push(next()?),
            "--append-flags" => wrapper.after.extend(split(&next()?)),
            _ => return None,
        }
    }
    Some(wrapper)
}

fn split(flags: &str) -> impl Iterator<Item = String> {
    flags.split_whitespace().map(str::to_owned)
}

impl Wrapper {
    /// Adds to a list in a variable.
    fn add(&mut self, name: &str, separator: &str, value: &str, is_before: bool) {
        let joined = match self.environment.variable(name) {
            Variable::Known(old) if is_before => Some(format!("{value}{separator}{old}")),
            Variable::Known(old) => Some(format!("{old}{separator}{value}")),
            Variable::Unset => Some(value.to_owned()),
            Variable::Unknown => None,
        };
        self.environment.set(name, joined);
    }
}

/// No root: the command that made a wrapper is not run there.
struct Nowhere;

impl World for Nowhere {
    fn test(&self, _flag: &str, _path: &str) -> Option<bool> {
        None
    }
}

/// The name of a program that nixpkgs has wrapped, maybe several times: `.web-wrapped` and `.web-wrapped_` are `web`.
pub fn unwrapped(name: &str) -> &str {
    let hidden = name.strip_prefix('.');
    hidden
        .and_then(|rest| rest.trim_end_matches('_').strip_suffix("-wrapped"))
        .unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_tells_what_a_wrapper_does() {
        let command = "makeCWrapper /s/bin/.web-wrapped \\\n    --inherit-argv0 \\\n    --prefix 'PATH' ':' '/s/bin' \\\n    \
                       --suffix 'LIST' ' ' 'b' \\\n    --set 'A' $'it\\'s' \\\n    --set-default 'B' 'c' \\\n    --unset 'C' \\\n    \
                       --chdir '/d' \\\n    --add-flags '-c  /s/web.conf' \\\n    --append-flag 'x y'";
        let mut given = Environment::default();
        for (name, value) in [("PATH", "/p"), ("LIST", "a"), ("B", "b"), ("C", "c")] {
            given.set(name, Some(value.to_owned()));
        }
        let wrapper = read_wrapper(command, &given);
        let mut environment = Environment::default();
        for (name, value) in [
            ("PATH", "/s/bin:/p"),
            ("LIST", "a b"),
            ("A", "it's"),
            ("B", "b"),
        ] {
            environment.set(name, Some(value.to_owned()));
        }
        let expected = Wrapper {
            program: "/s/bin/.web-wrapped".to_owned(),
            before: vec!["-c".to_owned(), "/s/web.conf".to_owned()],
            after: vec!["x y".to_owned()],
            environment,
            directory: Some("/d".to_owned()),
        };
        assert_eq!(wrapper, Some(expected));
    }

    #[test]
    fn what_is_no_such_command_is_not_understood() {
        for command in [
            "",
            "makeCWrapper",
            "makeCWrapper /a --set",
            "makeCWrapper /a --other",
            "makeCWrapper $(a)",
            "makeCWrapper 'a",
        ] {
            let wrapper = read_wrapper(command, &Environment::default());
            assert_eq!(wrapper, None, "{command}");
        }
    }
}
