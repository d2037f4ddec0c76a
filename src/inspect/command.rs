//! Command lines as systemd takes them apart (systemd.service(5), "Command lines").

/// A command of an Exec setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The special characters before it.
    pub prefixes: String,
    /// What is executed: an absolute path or a bare name.
    pub program: String,
    /// Its arguments, without `argv[0]`.
    pub arguments: Vec<String>,
}

impl Command {
    /// Whether it has this prefix.
    pub fn has(&self, prefix: char) -> bool {
        self.prefixes.contains(prefix)
    }

    /// Whether its failure does no harm to the service.
    pub fn may_fail(&self) -> bool {
        self.has('-')
    }
}

/// The commands of one assignment: more than one where a `;` stands between them.
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

/// The words of a value that is quoted like a command line, such as that of `Environment=`.
pub(super) fn commands_as_words(line: &str) -> Vec<String> {
    words(line)
        .into_iter()
        .map(|word| match word {
            Word::Text(text) => unescape_specifiers(&text),
            Word::Separator => ";".to_owned(),
        })
        .collect()
}

/// `%%` is a percent sign; specifiers are left as they are.
fn unescape_specifiers(word: &str) -> String {
    word.replace("%%", "%")
}

#[derive(PartialEq, Eq)]
enum Word {
    Text(String),
    Separator,
}

/// Words parted by white space; quotes group, backslashes escape as in C (`extract_first_word`).
fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut chars = line.chars().peekable();
    loop {
        while chars.next_if(char::is_ascii_whitespace).is_some() {}
        if chars.peek().is_none() {
            return words;
        }
        let mut word = String::new();
        let mut raw = String::new();
        let mut quote = None;
        while let Some(c) = chars.next_if(|c| quote.is_some() || !c.is_ascii_whitespace()) {
            raw.push(c);
            match c {
                '\\' => {
                    raw.push('x');
                    escape(&mut chars, &mut word);
                }
                '"' | '\'' if quote == Some(c) => quote = None,
                '"' | '\'' if quote.is_none() => quote = Some(c),
                c => word.push(c),
            }
        }
        words.push(if raw == ";" {
            Word::Separator
        } else {
            Word::Text(word)
        });
    }
}

/// What follows a backslash (`cunescape_one`); unknown escapes stay as they are.
fn escape(chars: &mut std::iter::Peekable<std::str::Chars>, word: &mut String) {
    let Some(c) = chars.next() else {
        return;
    };
    let (radix, digits) = match c {
        'n' => return word.push('\n'),
        't' => return word.push('\t'),
        'r' => return word.push('\r'),
        's' | '\n' => return word.push(' '),
        '\\' | '"' | '\'' | ';' => return word.push(c),
        'x' => (16, 2),
        'u' => (16, 4),
        'U' => (16, 8),
        _ => {
            word.push('\\');
            return word.push(c);
        }
    };
    let mut code = 0;
    for _ in 0..digits {
        let Some(digit) = chars.peek().and_then(|c| c.to_digit(radix)) else {
            break;
        };
        code = code * radix + digit;
        chars.next();
    }
    word.extend(char::from_u32(code));
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
        assert_eq!(read(""), []);
    }

    proptest! {
        #[test]
        fn any_line_is_read(line in "\\PC{0,60}") {
            let _ = commands(&line);
        }
    }
}
