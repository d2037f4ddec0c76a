//! Commands that every shell has built in.

use super::ends::{Over, Within};
use super::simple::Way;
use super::visit::Visit;

/// Words that every shell handles itself: builtins of POSIX and bash, and keywords that the parser leaves as words.
pub(super) const BUILTINS: &[&str] = &[
    ".",
    ":",
    "[",
    "[[",
    "alias",
    "bg",
    "bind",
    "break",
    "builtin",
    "caller",
    "case",
    "cd",
    "command",
    "compgen",
    "complete",
    "compopt",
    "continue",
    "declare",
    "dirs",
    "disown",
    "echo",
    "enable",
    "eval",
    "exec",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "getopts",
    "hash",
    "help",
    "history",
    "jobs",
    "kill",
    "let",
    "local",
    "logout",
    "mapfile",
    "newgrp",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "return",
    "select",
    "set",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "time",
    "times",
    "trap",
    "true",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unset",
    "until",
    "wait",
];

impl Visit<'_> {
    /// Runs a builtin, and returns its outcome if that is known.
    pub(super) fn builtin(
        &mut self,
        name: &str,
        arguments: &[Option<String>],
        way: Way,
    ) -> Option<bool> {
        let first = arguments.first().cloned().flatten();
        match name {
            "test" | "[" => {
                let is_decisive = self.is_decisive(way.counts, way.ends_script);
                return self.deciding_test(arguments, is_decisive);
            }
            "true" | ":" => return Some(true),
            "false" => return Some(false),
            "exec" => return self.exec(arguments, way),
            "builtin" | "time" => return self.run(arguments, way),
            "command" => {
                return match first.as_deref() {
                    Some("-v" | "-V") => self.asks(arguments, None),
                    Some("-p") => self.leniently(&arguments[1..], way),
                    _ => self.leniently(arguments, way),
                };
            }
            "type" | "hash" => return self.asks(arguments, None),
            "exit" => {
                let value = self.exit_value(first.as_deref(), arguments.is_empty());
                if value == Some(false) && self.at.within == Within::Script && self.at.sure {
                    self.fail(0);
                }
                self.end(Over::Script, value);
                return value;
            }
            "return" => {
                let value = self.exit_value(first.as_deref(), arguments.is_empty());
                // Outside of functions, a file that is read in ends.
                self.end(Over::Function, value);
                return value;
            }
            "break" | "continue" => {
                self.is_broken = name == "break";
                self.end(Over::Loop, Some(true));
            }
            "set" => self.set(arguments),
            "shopt" => {
                let has = |word: &str| arguments.iter().flatten().any(|it| it == word);
                if has("nullglob") {
                    self.state.nullglob = has("-s");
                }
                return None;
            }
            "shift" => {
                let count = first.map_or(Some(1), |it| it.parse().ok());
                let words = self.state.positional.take().zip(count);
                self.state.positional = words
                    .and_then(|(words, count): (_, usize)| words.get(count..).map(<[_]>::to_vec));
            }
            "." | "source" => return self.source(name, first, arguments, way),
            "eval" => return self.eval(arguments, way),
            "cd" if arguments.is_empty() => {
                self.goes_home(!self.knows_home(), way);
                self.state.go_to(None);
                return None;
            }
            "cd" | "pushd" => return self.change_directory(arguments, way),
            "popd" => {
                self.state.go_to(None);
                return None;
            }
            "alias" => self.forget(),
            "trap" => {
                self.script.computes |= arguments.first() == Some(&None);
                self.trap(first.as_deref());
            }
            "echo" if first.as_deref().is_none_or(|it| !it.starts_with('-')) => {
                let words: Option<Vec<String>> = arguments.iter().cloned().collect();
                self.output = words.map(|words| words.join(" "));
            }
            "printf" => match arguments {
                [Some(format), Some(text)] if matches!(format.as_str(), "%s" | r"%s\n") => {
                    self.output = Some(text.clone());
                }
                [Some(option), Some(variable), ..] if option == "-v" => {
                    self.state.assign(variable, None);
                }
                _ => {}
            },
            "export" => arguments
                .iter()
                .flatten()
                .for_each(|name| self.state.export(name)),
            "unset" => arguments
                .iter()
                .flatten()
                .for_each(|name| self.state.unset(name)),
            "read" | "getopts" | "mapfile" | "readarray" | "let" => {
                for name in arguments.iter().flatten() {
                    self.state.assign(name, None);
                }
                return None;
            }
            "wait" | "kill" | "local" | "declare" | "typeset" | "readonly" => {
                return None;
            }
            _ => {}
        }
        Some(true)
    }

    fn change_directory(&mut self, arguments: &[Option<String>], way: Way) -> Option<bool> {
        let is_option =
            |word: &&Option<String>| word.as_ref().is_some_and(|it| it.starts_with(['-', '+']));
        let path = arguments.iter().find(|word| !is_option(word)).cloned();
        let path = path.flatten().and_then(|path| self.state.absolute(&path));
        self.goes_home(self.expanded.is_of_home, way);
        if !way.counts
            && let Some(path) = &path
            && self.world.test("-d", path) == Some(false)
        {
            self.is_absent(path);
            return Some(false);
        }
        // If something follows, the script handles the failure.
        if let Some(path) = &path
            && way.counts
            && self.at.sure
            && self.at.counted
        {
            let is_decisive = self.is_decisive(way.counts, way.ends_script);
            self.opened(path.clone(), false, is_decisive);
        }
        // Where it fails, what lets the script go there has it go on there.
        self.state.go_to(path.as_deref());
        None
    }

    /// It goes to the home of its user, which is not known if `lacks` is set.
    fn goes_home(&mut self, lacks: bool, way: Way) {
        if lacks && way.counts && self.at.sure {
            self.script.lacks_home = Some(self.line);
        }
    }

    /// `exec`, with a command or with redirections alone.
    fn exec(&mut self, arguments: &[Option<String>], way: Way) -> Option<bool> {
        let mut rest = arguments;
        loop {
            rest = match rest {
                [Some(option), _, more @ ..] if option == "-a" => more,
                [Some(option), more @ ..]
                    if matches!(option.as_str(), "-c" | "-l" | "-cl" | "--") =>
                {
                    more
                }
                _ => break,
            };
        }
        if rest.is_empty() {
            return Some(true);
        }
        if matches!(rest.first(), Some(None)) {
            self.turn(Over::Script);
            self.end(Over::Script, None);
            return None;
        }
        self.run(
            rest,
            Way {
                replaces: true,
                ..way
            },
        )
    }

    /// The outcome of `exit` or `return` with this argument.
    fn exit_value(&self, argument: Option<&str>, is_empty: bool) -> Option<bool> {
        match argument {
            Some(number) => number.parse::<i64>().ok().map(|number| number == 0),
            None if is_empty => self.state.status,
            None => None,
        }
    }

    fn set(&mut self, arguments: &[Option<String>]) {
        let mut words = arguments.iter();
        while let Some(word) = words.next() {
            let Some(word) = word else {
                self.state.positional = None;
                continue;
            };
            let (flags, on) = match word.split_at_checked(1) {
                _ if word == "--" => {
                    self.state.set_positional(words.as_slice());
                    return;
                }
                Some(("-", flags)) => (flags, true),
                Some(("+", flags)) => (flags, false),
                _ => {
                    self.state.positional = None;
                    return;
                }
            };
            if flags.contains('e') && !flags.contains('o') {
                self.state.errexit = on;
            } else if let Some(rest) = flags.strip_suffix('o') {
                if rest.contains('e') {
                    self.state.errexit = on;
                }
                match words.next().map(Option::as_deref) {
                    Some(Some("errexit")) => self.state.errexit = on,
                    Some(Some("pipefail")) => self.state.pipefail = on,
                    _ => {}
                }
            }
        }
    }
}
