//! Splits lines and blocks into words.

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word, without quotes.
    Word(String),
    /// An equals sign outside quotes, and whether a space is before it.
    Equals(bool),
    /// The end of a statement.
    End,
    /// The beginning of a block.
    Open,
    /// The end of a block.
    Close,
}

/// Splits a text into tokens, each with its line, starting at 1.
pub(super) fn tokens(text: &str) -> Vec<(Token, usize)> {
    let mut scanner = Scanner {
        text,
        at: 0,
        line: 1,
        ends_by_semicolon: ends_by_semicolon(text),
        last_remark_end: text.rfind("*/").unwrap_or_default(),
        tokens: Vec::new(),
    };
    scanner.scan();
    scanner.tokens
}

/// Whether most statements end with a semicolon, so that line breaks don't matter.
fn ends_by_semicolon(text: &str) -> bool {
    let (mut with, mut without) = (0_usize, 0_usize);
    for line in text.lines().map(str::trim) {
        let end = line.trim_end_matches(['{', '}', ' ', '\t']).bytes().last();
        match end {
            None => {}
            _ if line.starts_with(['#', ';']) || line.starts_with("//") => {}
            Some(b';') => with += 1,
            _ if line.ends_with(['{', '}']) => {}
            _ => without += 1,
        }
    }
    with > without
}

struct Scanner<'a> {
    text: &'a str,
    /// The offset of the next byte, always at a character boundary.
    at: usize,
    line: usize,
    ends_by_semicolon: bool,
    /// The offset of the last `*/`; 0 if there is none.
    last_remark_end: usize,
    tokens: Vec<(Token, usize)>,
}

impl Scanner<'_> {
    fn scan(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    if !self.ends_by_semicolon {
                        self.push(Token::End);
                    }
                    self.pass(1);
                }
                b'\\' if self.rest().starts_with("\\\n") => self.pass(2),
                b'#' => self.skip_to("\n", 0),
                b';' if !self.ends_by_semicolon && self.is_first_of_line() => {
                    self.skip_to("\n", 0);
                }
                // As pmacct and routers have them; others include files by such a word.
                b'!' if self.is_first_of_line() && !self.rest().starts_with("!include") => {
                    self.skip_to("\n", 0);
                }
                b'/' if self.is_remark() => self.skip_to("\n", 0),
                b'/' if self.rest().starts_with("/*") && self.at < self.last_remark_end => {
                    self.skip_to("*/", 2);
                }
                b';' => self.single(Token::End),
                b'}' => self.single(Token::Close),
                b'{' => self.single(Token::Open),
                b'=' => {
                    let is_spaced = self.text[..self.at].ends_with([' ', '\t']);
                    self.single(Token::Equals(is_spaced));
                }
                b' ' | b'\t' | b'\r' => self.pass(1),
                _ => self.word(),
            }
        }
        self.push(Token::End);
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn push(&mut self, token: Token) {
        self.tokens.push((token, self.line));
    }

    fn single(&mut self, token: Token) {
        self.push(token);
        self.at += 1;
    }

    /// Moves past `count` bytes.
    fn pass(&mut self, count: usize) {
        let passed = &self.text[self.at..self.at + count];
        self.line += passed.matches('\n').count();
        self.at += count;
    }

    /// Moves to `more` bytes after the start of the next `end`, or to the end of the text.
    fn skip_to(&mut self, end: &str, more: usize) {
        let count = self.rest().find(end).map(|found| found + more);
        self.pass(count.unwrap_or(self.rest().len()));
    }

    fn is_first_of_line(&self) -> bool {
        let before = self.text[..self.at].trim_end_matches([' ', '\t']);
        before.is_empty() || before.ends_with('\n')
    }

    fn is_remark(&self) -> bool {
        self.rest().starts_with("//") && (self.ends_by_semicolon || self.is_first_of_line())
    }

    /// Reads a word up to white space, a separator or its closing quote.
    fn word(&mut self) {
        let line = self.line;
        let mut word = String::new();
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' | b'=' => break,
                b';' if self.is_end_behind() => break,
                b'{' if !word.ends_with('$') && self.is_end_behind() => break,
                b'}' if !word.contains('{') && self.is_end_behind() => break,
                b'"' | b'\'' if self.is_quoted(byte, &word) => self.quoted(byte, &mut word),
                _ => {
                    let Some(c) = self.rest().chars().next() else {
                        break;
                    };
                    word.push(c);
                    self.at += c.len_utf8();
                }
            }
        }
        self.tokens.push((Token::Word(word), line));
    }

    /// Whether the byte after the next one ends a word.
    fn is_end_behind(&self) -> bool {
        let behind = self.text.as_bytes().get(self.at + 1);
        behind.is_none_or(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b'}' | b'#'))
    }

    /// Whether a quoted part starts here and is closed, within the line unless statements end with a semicolon.
    fn is_quoted(&self, quote: u8, before: &str) -> bool {
        let is_start = before.is_empty() || before.ends_with([':', '(', '[', ',']);
        is_start && self.closing(quote).is_some()
    }

    /// Returns the offset of the quote that closes the one here.
    fn closing(&self, quote: u8) -> Option<usize> {
        let mut is_escaped = false;
        for (index, byte) in self.text.bytes().enumerate().skip(self.at + 1) {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'\n' if !self.ends_by_semicolon => return None,
                _ if byte == quote => return Some(index),
                _ => {}
            }
        }
        None
    }

    fn quoted(&mut self, quote: u8, word: &mut String) {
        let Some(end) = self.closing(quote) else {
            return self.pass(1);
        };
        word.push_str(&self.text[self.at + 1..end]);
        self.pass(end + 1 - self.at);
    }
}
