//! Parses the files of `EnvironmentFile=`, with systemd's own rules for quotes, escapes and continued lines
//! (`parse_env_file_internal`).

/// The state of the parser.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    BeforeName,
    Name,
    BeforeValue,
    Value,
    Escaped,
    /// Between these quotes.
    Quoted(char),
    EscapedInQuotes,
    Comment,
    /// After a backslash in a comment, which does not continue the line (since systemd 254).
    EscapedInComment,
}

/// The characters before which a double quote removes a backslash (`SHELL_NEED_ESCAPE`).
const SPECIAL: [char; 4] = ['"', '\\', '`', '$'];

/// Returns the assignments of a file, in order; the last one to a variable wins. Lines whose name can't be a variable are left out.
pub fn assignments(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let (mut name, mut value) = (String::new(), String::new());
    // Where the trailing white space of an unquoted value begins.
    let mut blank = None;
    let mut state = State::BeforeName;
    for c in text.split('\0').next().unwrap_or_default().chars() {
        let is_end = matches!(c, '\n' | '\r');
        let is_white = is_end || matches!(c, ' ' | '\t');
        state = match state {
            State::BeforeName if matches!(c, '#' | ';') => State::Comment,
            State::BeforeName if is_white => State::BeforeName,
            State::BeforeName => {
                name = c.to_string();
                State::Name
            }
            State::Name if is_end => State::BeforeName,
            State::Name if c == '=' => {
                value.clear();
                blank = None;
                State::BeforeValue
            }
            State::Name => {
                name.push(c);
                State::Name
            }
            State::BeforeValue | State::Value if is_end => {
                push(
                    &mut found,
                    &name,
                    &value,
                    blank.filter(|_| state == State::Value),
                );
                State::BeforeName
            }
            State::BeforeValue if matches!(c, '"' | '\'') => State::Quoted(c),
            State::BeforeValue if is_white => State::BeforeValue,
            State::BeforeValue | State::Value if c == '\\' => {
                blank = None;
                State::Escaped
            }
            State::BeforeValue | State::Value => {
                blank = if is_white {
                    blank.or(Some(value.len()))
                } else {
                    None
                };
                value.push(c);
                State::Value
            }
            State::Escaped => {
                if !is_end {
                    value.push(c);
                }
                State::Value
            }
            State::Quoted(quote) if c == quote => State::BeforeValue,
            State::Quoted('"') if c == '\\' => State::EscapedInQuotes,
            State::Quoted(quote) => {
                value.push(c);
                State::Quoted(quote)
            }
            State::EscapedInQuotes => {
                if SPECIAL.contains(&c) {
                    value.push(c);
                } else if c != '\n' {
                    value.extend(['\\', c]);
                }
                State::Quoted('"')
            }
            State::Comment if c == '\\' => State::EscapedInComment,
            State::Comment | State::EscapedInComment if is_end => State::BeforeName,
            State::Comment | State::EscapedInComment => State::Comment,
        };
    }
    let is_in_value = !matches!(
        state,
        State::BeforeName | State::Name | State::Comment | State::EscapedInComment
    );
    if is_in_value {
        push(
            &mut found,
            &name,
            &value,
            blank.filter(|_| state == State::Value),
        );
    }
    found
}

fn push(found: &mut Vec<(String, String)>, name: &str, value: &str, end: Option<usize>) {
    let name = name.trim_end_matches([' ', '\t']);
    if crate::service::is_assignable(name) {
        let value = &value[..end.unwrap_or(value.len())];
        found.push((name.to_owned(), value.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As `env` prints them in a service of systemd 257.
    #[test]
    fn files_are_read_as_systemd_reads_them() {
        for (text, expected) in [
            ("A=b c \nB = \"d e\" \n", &[("A", "b c"), ("B", "d e")][..]),
            ("# A=b\n;A=b\nA\n\n=x\n1A=x\nA-B=x\nexport C=x", &[]),
            ("A='b \"c' \nB=\"d 'e\"", &[("A", "b \"c"), ("B", "d 'e")]),
            ("A=b\\\nc\nB=d\\ \\e\\\\ ", &[("A", "bc"), ("B", "d e\\")]),
            ("A=\"b\nc\"\nB='d\ne'", &[("A", "b\nc"), ("B", "d\ne")]),
            ("A=\"b\\\nc\\$\\x\\\"\"", &[("A", "bc$\\x\"")]),
            ("A=\"b\"'c' d\nB=e\"f\"", &[("A", "bcd"), ("B", "e\"f\"")]),
            ("A=\nB=\"\"\nC", &[("A", ""), ("B", "")]),
            ("# x \\\nA=b", &[("A", "b")]),
            ("A=b # c\nA=d;", &[("A", "b # c"), ("A", "d;")]),
            ("A=b\r\nB=c\r", &[("A", "b"), ("B", "c")]),
            ("A=b=c", &[("A", "b=c")]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect();
            assert_eq!(assignments(text), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "(\\PC|[\"'\\\\=# \n\r]){0,40}") {
            let _ = assignments(&text);
        }
    }
}
