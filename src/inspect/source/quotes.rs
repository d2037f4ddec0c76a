//! Strings, in the many ways in which languages write them.

use super::scan::Scan;
use super::{INTERPOLATED, Language, Token};

/// A regular expression has no more bytes than this.
const LONGEST: usize = 1000;

/// What a literal is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Command,
    /// A regular expression, or a list of words.
    Other,
}

impl Scan<'_> {
    /// The literal that begins with this character, if one does.
    pub fn literal(&mut self, c: char) -> Option<Token> {
        use Language::{Awk, JavaScript, Lua, Perl, Php, Python, Ruby, Tcl};
        match (c, self.language) {
            ('"', Python) if self.rest().starts_with("\"\"\"") => Some(self.triple("\"\"\"")),
            ('\'', Python) if self.rest().starts_with("'''") => Some(self.triple("'''")),
            ('"', language) => {
                self.at += 1;
                Some(self.quoted(
                    '"',
                    '"',
                    Kind::Text,
                    !matches!(language, JavaScript | Lua | Awk | Python),
                ))
            }
            ('\'', Tcl | Awk) => None,
            ('\'', _) => {
                self.at += 1;
                Some(self.quoted('\'', '\'', Kind::Text, false))
            }
            ('`', JavaScript) => {
                self.at += 1;
                Some(self.quoted('`', '`', Kind::Text, true))
            }
            ('`', Perl | Php | Ruby) => {
                self.at += 1;
                Some(self.quoted('`', '`', Kind::Command, true))
            }
            ('[', Lua) if self.rest().starts_with("[[") => {
                self.at += 2;
                Some(Token::Text(self.skip_past("]]").to_owned()))
            }
            // The operator that takes the right side if the left one is undefined.
            ('/', Perl) if self.rest().starts_with("//") && !self.is_operand_next() => {
                self.at += 2;
                Some(Token::Mark('/'))
            }
            ('/', Awk | JavaScript | Perl | Ruby) if self.is_operand_next() => {
                // One that does not end in its line divides.
                let mut line = self.rest().bytes().take(LONGEST).skip(1);
                let end = line.find(|byte| matches!(byte, b'/' | b'\n'));
                (end == Some(b'/')).then(|| {
                    self.at += 1;
                    self.quoted('/', '/', Kind::Other, false)
                })
            }
            ('<', Perl | Php | Ruby) => self.here_document(),
            ('q' | 'm' | 's' | 't' | 'y', Perl) => self.of_perl(),
            ('%', Ruby) if self.is_operand_next() => self.of_ruby(),
            ('b' | 'B' | 'f' | 'F' | 'r' | 'R' | 'u' | 'U', Python) => self.of_python(),
            _ => None,
        }
    }

    /// A string up to its closing quote. Brackets may be nested in it. `interpolates`: whether `$x` or `#{x}` in it is replaced.
    fn quoted(&mut self, open: char, close: char, kind: Kind, interpolates: bool) -> Token {
        let mut text = String::new();
        let mut depth = 0;
        let mut chars = self.rest().char_indices().peekable();
        let mut end = self.rest().len();
        while let Some((at, c)) = chars.next() {
            if c == '\\' && kind != Kind::Other {
                if let Some((_, escaped)) = chars.next() {
                    text.push_str(&unescaped(escaped));
                }
            } else if c == '\\' {
                chars.next();
            } else if c == close && depth == 0 {
                end = at + c.len_utf8();
                break;
            } else {
                let is_nested = open != close;
                depth += usize::from(is_nested && c == open);
                depth -= usize::from(is_nested && c == close);
                text.push(c);
            }
        }
        self.at += end;
        let text = if interpolates {
            self.interpolated(&text)
        } else {
            text
        };
        match kind {
            Kind::Text => Token::Text(text),
            Kind::Command => Token::Command(text),
            Kind::Other => Token::Mark(open),
        }
    }

    /// The text with a mark in place of what is put into it at run time.
    fn interpolated(&self, text: &str) -> String {
        use Language::{JavaScript, Perl, Php, Python, Ruby, Tcl};
        let opens: &[&str] = match self.language {
            Ruby => &["#{"],
            JavaScript => &["${"],
            Perl => &["@{", "$"],
            Php => &["{$", "$"],
            Tcl => &["$", "["],
            Python => &["{"],
            _ => &[],
        };
        let mut made = String::new();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let Some(open) = opens.iter().find(|open| rest.starts_with(**open)) else {
                made.push(c);
                rest = &rest[c.len_utf8()..];
                continue;
            };
            rest = &rest[open.len()..];
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            let close = match *open {
                "$" if rest.starts_with('{') => '}',
                "$" if rest.starts_with(is_name) => {
                    rest = rest.trim_start_matches(is_name);
                    made.push_str(INTERPOLATED);
                    continue;
                }
                "$" => {
                    made.push('$');
                    continue;
                }
                "[" => ']',
                _ => '}',
            };
            rest = rest.find(close).map_or("", |end| &rest[end + 1..]);
            made.push_str(INTERPOLATED);
        }
        made
    }

    fn triple(&mut self, quote: &str) -> Token {
        self.at += quote.len();
        Token::Text(self.skip_past(quote).to_owned())
    }

    /// `r'…'`, `f"…"` and the like.
    fn of_python(&mut self) -> Option<Token> {
        let rest = self.rest();
        let length = rest
            .bytes()
            .take(3)
            .position(|byte| matches!(byte, b'"' | b'\''))?;
        let prefix = rest[..length].to_ascii_lowercase();
        if !prefix.chars().all(|c| "bfru".contains(c)) {
            return None;
        }
        self.at += length;
        let quote = self.rest().chars().next()?;
        let three = String::from(quote).repeat(3);
        let token = if self.rest().starts_with(&three) {
            self.triple(&three)
        } else {
            self.at += 1;
            self.quoted(quote, quote, Kind::Text, false)
        };
        match token {
            Token::Text(text) if prefix.contains('f') => {
                Some(Token::Text(self.interpolated(&text)))
            }
            token => Some(token),
        }
    }

    /// `q(…)`, `qx{…}`, `s/…/…/` and the like.
    fn of_perl(&mut self) -> Option<Token> {
        let rest = self.rest();
        let name = ["qq", "qw", "qx", "qr", "tr", "q", "m", "s", "y"]
            .into_iter()
            .find(|name| rest.starts_with(name))?;
        let open = rest[name.len()..].chars().next()?;
        let is_quote =
            !open.is_alphanumeric() && !open.is_whitespace() && !"_,;=)>:-".contains(open);
        if !is_quote || !self.is_operand_next() && name.len() == 1 && name != "q" {
            return None;
        }
        self.at += name.len() + open.len_utf8();
        let close = closing(open);
        let token = match name {
            "q" => self.quoted(open, close, Kind::Text, false),
            "qq" => self.quoted(open, close, Kind::Text, true),
            "qx" => self.quoted(open, close, Kind::Command, true),
            _ => self.quoted(open, close, Kind::Other, false),
        };
        if matches!(name, "s" | "tr" | "y") && open == close {
            self.quoted(open, close, Kind::Other, false);
        }
        Some(token)
    }

    /// `%q(…)`, `%x(…)`, `%w[…]` and the like.
    fn of_ruby(&mut self) -> Option<Token> {
        let mut chars = self.rest()[1..].chars();
        let first = chars.next()?;
        let (name, open) = if first.is_ascii_alphabetic() {
            (first, chars.next()?)
        } else {
            ('Q', first)
        };
        if !"([{<|!/".contains(open) {
            return None;
        }
        self.at += if first == open { 2 } else { 3 };
        let (kind, interpolates) = match name {
            'q' => (Kind::Text, false),
            'Q' => (Kind::Text, true),
            'x' => (Kind::Command, true),
            _ => (Kind::Other, false),
        };
        Some(self.quoted(open, closing(open), kind, interpolates))
    }

    /// `<<X`, `<<"X"`, `<<~X`, `<<<X`: its text begins with the next line.
    fn here_document(&mut self) -> Option<Token> {
        let marks = if self.language == Language::Php {
            "<<<"
        } else {
            "<<"
        };
        let rest = self.rest().strip_prefix(marks)?;
        let word = rest.trim_start_matches(['~', '-', '"', '\'']);
        let length = word
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(word.len());
        let tag = word[..length].to_owned();
        if !tag.starts_with(|c: char| c.is_ascii_uppercase()) {
            return None;
        }
        self.at = self.text.len() - word.len() + length;
        if self.rest().starts_with(['"', '\'']) {
            self.at += 1;
        }
        self.waiting.push(tag);
        Some(Token::Text(String::new()))
    }

    /// Skips the here documents that begin here.
    pub fn here_documents(&mut self) {
        for tag in std::mem::take(&mut self.waiting) {
            while !self.rest().is_empty() {
                let line = self.skip_past("\n").trim();
                if line
                    .strip_prefix(tag.as_str())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with([';', ')', ',']))
                {
                    break;
                }
            }
        }
    }
}

fn closing(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        '<' => '>',
        open => open,
    }
}

/// What a character after a backslash is.
fn unescaped(c: char) -> String {
    match c {
        'n' => "\n".to_owned(),
        't' => "\t".to_owned(),
        // A line that goes on.
        '\n' => String::new(),
        // Others that are not themselves are no part of a path or of a command.
        'a' | 'b' | 'd' | 'e' | 'f' | 'r' | 's' | 'v' | 'w' | 'x' | '0'..='9' => format!("\\{c}"),
        c => c.to_string(),
    }
}
