//! The way through a source, piece by piece.

use super::{Language, Piece, Token};

pub(super) struct Scan<'a> {
    pub language: Language,
    pub text: &'a str,
    pub at: usize,
    line: usize,
    /// The place up to which lines have been counted.
    counted: usize,
    found: Vec<Piece>,
    /// The words that end here documents whose texts begin with the next line.
    pub waiting: Vec<String>,
}

impl<'a> Scan<'a> {
    pub fn new(language: Language, text: &'a str) -> Self {
        let at = match language {
            // What is outside of its marks PHP prints.
            Language::Php => text.find("<?php").map_or(text.len(), |at| at + 5),
            _ if text.starts_with("#!") => text.find('\n').unwrap_or(text.len()),
            _ => 0,
        };
        Self {
            language,
            text,
            at,
            line: 1,
            counted: 0,
            found: Vec::new(),
            waiting: Vec::new(),
        }
    }

    pub fn pieces(mut self) -> Vec<Piece> {
        while let Some(c) = self.rest().chars().next() {
            let start = self.at;
            if c == '\n' {
                self.at += 1;
                self.here_documents();
            } else if c.is_whitespace() {
                self.at += c.len_utf8();
            } else if !self.comment(c) {
                match self.literal(c) {
                    Some(token) => self.push(start, token),
                    None if is_start(c) || self.has_sigil(c) => self.name(),
                    None => {
                        self.at += c.len_utf8();
                        self.push(start, Token::Mark(c));
                    }
                }
            }
            // Whatever it was, the way goes on.
            if self.at == start {
                self.at += c.len_utf8();
            }
        }
        self.found
    }

    pub fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes on behind the next `end`; to the end of the text if there is none.
    pub fn skip_past(&mut self, end: &str) -> &'a str {
        let rest = self.rest();
        let (skipped, length) = match rest.find(end) {
            Some(at) => (&rest[..at], at + end.len()),
            None => (rest, rest.len()),
        };
        self.at += length;
        skipped
    }

    /// Whether a literal may begin here: after a name or a closing bracket, `/` divides.
    pub fn is_operand_next(&self) -> bool {
        match self.found.last().map(|piece| &piece.token) {
            None => true,
            Some(Token::Mark('}')) => self.language == Language::Awk,
            Some(Token::Mark(mark)) => !matches!(mark, ')' | ']'),
            Some(Token::Name(name)) => matches!(
                name.as_str(),
                "and"
                    | "if"
                    | "grep"
                    | "not"
                    | "or"
                    | "return"
                    | "split"
                    | "unless"
                    | "when"
                    | "while"
            ),
            Some(Token::Text(_) | Token::Command(_)) => false,
        }
    }

    /// Whether nothing but blanks is before this place in its line.
    fn begins_line(&self) -> bool {
        let before = self.text.get(..self.at).unwrap_or_default();
        let before = before.trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with('\n')
    }

    fn push(&mut self, start: usize, token: Token) {
        let passed = self.text.get(self.counted..start).unwrap_or_default();
        self.line += passed.bytes().filter(|byte| *byte == b'\n').count();
        self.counted = start;
        let line = self.line;
        self.found.push(Piece { token, line });
    }

    /// Skips a comment that begins with this character.
    fn comment(&mut self, c: char) -> bool {
        use Language::{Awk, JavaScript, Lua, Perl, Php, Python, Ruby, Tcl};
        let rest = self.rest();
        let is_documentation = c == '='
            && matches!(self.language, Perl | Ruby)
            && self.begins_line()
            && rest[1..].starts_with(|c: char| c.is_ascii_alphabetic());
        match self.language {
            Perl if is_documentation => {
                self.skip_past("\n=cut");
                self.skip_line();
            }
            Ruby if is_documentation && rest.starts_with("=begin") => {
                self.skip_past("\n=end");
                self.skip_line();
            }
            Perl if rest.starts_with("__END__") || rest.starts_with("__DATA__") => {
                self.at = self.text.len();
            }
            // How long a list is.
            Perl if c == '#' && self.text.get(..self.at).is_some_and(|it| it.ends_with('$')) => {
                return false;
            }
            Awk | Perl | Python | Ruby if c == '#' => self.skip_line(),
            Tcl if c == '#' && self.begins_line() => self.skip_line(),
            Php if c == '#' && !rest.starts_with("#[") => self.skip_line(),
            JavaScript | Php if rest.starts_with("//") => self.skip_line(),
            JavaScript | Php if rest.starts_with("/*") => {
                self.at += 2;
                self.skip_past("*/");
            }
            Php if rest.starts_with("?>") => {
                self.skip_past("<?php");
            }
            Lua if rest.starts_with("--[[") => {
                self.skip_past("]]");
            }
            Lua if rest.starts_with("--") => self.skip_line(),
            _ => return false,
        }
        true
    }

    fn skip_line(&mut self) {
        self.at += self.rest().find('\n').unwrap_or(self.rest().len());
    }

    fn has_sigil(&self, c: char) -> bool {
        let has_name = self.rest()[c.len_utf8()..].starts_with(is_start);
        let sigils: &[char] = match self.language {
            Language::Perl => &['$', '@', '%', '&'],
            Language::Php | Language::Tcl => &['$'],
            Language::Ruby => &['$', '@'],
            _ => &[],
        };
        has_name && sigils.contains(&c)
    }

    /// A name with those that it is a member of.
    fn name(&mut self) {
        let (start, bytes) = (self.at, self.text.as_bytes());
        let mut end = self.at + 1;
        while let Some(byte) = bytes.get(end) {
            let joins = |count: usize| {
                let next = bytes.get(end + count).copied().unwrap_or_default();
                next.is_ascii_alphabetic() || next == b'_'
            };
            let is_member = *byte == b'.' && joins(1) && self.has_members();
            if byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii() || is_member {
                end += 1;
            } else if bytes[end..].starts_with(b"::") && joins(2) {
                end += 2;
            } else {
                end += usize::from(*byte == b'?' && self.language == Language::Ruby);
                break;
            }
        }
        self.at = end;
        if let Some(name) = self.text.get(start..end) {
            self.push(start, Token::Name(name.to_owned()));
        }
    }

    fn has_members(&self) -> bool {
        use Language::{JavaScript, Lua, Python, Ruby};
        matches!(self.language, JavaScript | Lua | Python | Ruby)
    }
}

fn is_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}
