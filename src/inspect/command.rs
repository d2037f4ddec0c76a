//! Splits command lines as systemd does (systemd.service(5), "Command lines").

use crate::systemd::{Escapes, Words};

/// A command of an `Exec…=` setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The special characters before the program.
    pub prefixes: String,
    /// The program: an absolute path or a bare name.
    pub program: String,
    /// Its arguments, without `argv[0]`.
    pub arguments: Vec<String>,
}

impl Command {
    /// Whether the command has this prefix.
    pub fn has(&self, prefix: char) -> bool {
        self.prefixes.contains(prefix)
    }

    /// Whether the service continues if the command fails.
    pub fn may_fail(&self) -> bool {
        self.has('-')
    }
}

/// Splits the value of one assignment into its commands, which `;` separates.
pub fn commands(line: &str) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut words = words(line).into_iter().peekable();
    while words.peek().is_some() {
        let mut command: Vec<String> = words
            .by_ref()
            .take_while(|word| *word != Word::Separator)
            .map(|word| match word {
                Word::Text(text) => text,
                Word::Separator => String::new(),
            })
            .collect();
        if command.is_empty() {
            continue;
        }
        let first = command.remove(0);
        let program = first.trim_start_matches(['@', '-', ':', '+', '!', '|']);
        let prefixes = first[..first.len() - program.len()].to_owned();
        if prefixes.contains('@') && !command.is_empty() {
            command.remove(0);
        }
        commands.push(Command {
            program: unescape_specifiers(program),
            arguments: command
                .iter()
                .map(|word| {
                    let word = unescape_specifiers(word);
                    if prefixes.contains(':') {
                        word
                    } else {
                        word.replace("$$", "$")
                    }
                })
                .collect(),
            prefixes,
        });
    }
    commands
}

/// Replaces `%%` with a percent sign. Specifiers stay as they are.
fn unescape_specifiers(word: &str) -> String {
    word.replace("%%", "%")
}

#[derive(PartialEq, Eq)]
enum Word {
    Text(String),
    Separator,
}

/// Splits a line into words and the `;` between its commands (`config_parse_exec`).
fn words(line: &str) -> Vec<Word> {
    // In a unit file with this text, a backslash at the end of a line continues it.
    let line = line.replace("\\\n", " ");
    let mut rest = Words::new(&line, Escapes::Lenient);
    let mut words = Vec::new();
    loop {
        words.push(if rest.passes(";") {
            Word::Separator
        } else if rest.passes(r"\;") {
            Word::Text(";".to_owned())
        } else if let Some(word) = rest.next() {
            Word::Text(word)
        } else {
            return words;
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(line: &str) -> Vec<(String, String, Vec<String>)> {
        commands(line)
            .into_iter()
            .map(|command| (command.prefixes, command.program, command.arguments))
            .collect()
    }

    fn is(prefixes: &str, program: &str, arguments: &[&str]) -> (String, String, Vec<String>) {
        let arguments = arguments
            .iter()
            .map(|&argument| argument.to_owned())
            .collect();
        (prefixes.to_owned(), program.to_owned(), arguments)
    }

    #[test]
    fn commands_are_taken_apart_as_systemd_does() {
        assert_eq!(
            read(r#"/a b "c d" 'e "f"'"#),
            [is("", "/a", &["b", "c d", "e \"f\""])]
        );
        assert_eq!(read("@-/a zero b"), [is("@-", "/a", &["b"])]);
        assert_eq!(
            read("/a ; +b c \\; d ; !/e"),
            [
                is("", "/a", &[]),
                is("+", "b", &["c", ";", "d"]),
                is("!", "/e", &[])
            ]
        );
        assert_eq!(
            read(r"/a%%b $$x \x20\s%i"),
            [is("", "/a%b", &["$x", "  %i"])]
        );
        assert_eq!(read(r"/a ';' x"), [is("", "/a", &[";", "x"])]);
        // As `systemctl show -p ExecStart` prints them in systemd 252, 257 and 262.
        assert_eq!(
            read(r#"/a a\;b d;e ;; '\;' "x y"z \q \x41\u00e9 \101"#),
            [is(
                "",
                "/a",
                &[r"a\;b", "d;e", ";;", r"\;", "x yz", r"\q", "Aé", "A"]
            )]
        );
        assert_eq!(read(r"/a a\ b \x4"), [is("", "/a", &[r"a\ b", r"\x4"])]);
        assert_eq!(
            read("/a b\\\nc 'd\\\ne'"),
            [is("", "/a", &["b", "c", "d e"])]
        );
        assert_eq!(read(""), []);
    }

    proptest! {
        #[test]
        fn any_line_is_read(line in "\\PC{0,60}") {
            let _ = commands(&line);
        }
    }
}
