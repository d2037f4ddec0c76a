//! Reads configurations of lines or blocks: `key value`, `key = value`, `key: value`, `key value;`, `[section]`, `<Block>` and
//! `block { … }`.

use std::sync::Arc;

use super::statements::{Token, tokens};
use super::{Entries, Entry, Nesting};

/// The maximum number of words before a lone `=` that form one key, as in `log file = /var/log/rsyncd.log`.
const MAX_KEY_WORDS: usize = 4;

pub(super) fn read(text: &str) -> Result<Vec<Entry>, String> {
    let mut reader = Reader::default();
    for (token, line) in tokens(text) {
        match token {
            Token::Word(_) | Token::Equals(_) => {
                if reader.pending.is_empty() {
                    reader.line = line;
                }
                reader.pending.push(token);
            }
            Token::End => {
                reader.end()?;
            }
            Token::Open => {
                let name = reader.end()?;
                reader.nesting.enter(name)?;
            }
            Token::Close => {
                reader.end()?;
                reader.nesting.leave();
            }
        }
    }
    Ok(reader.entries.0)
}

#[derive(Default)]
struct Reader {
    entries: Entries,
    nesting: Nesting,
    /// The current `[section]`.
    section: Option<Arc<str>>,
    /// The words of the current statement.
    pending: Vec<Token>,
    /// The line of the statement.
    line: usize,
}

impl Reader {
    /// Ends the current statement, and returns its key.
    fn end(&mut self) -> Result<String, String> {
        let pending = std::mem::take(&mut self.pending);
        if let Some(Token::Word(first)) = pending.first() {
            if self.nesting.0.is_empty()
                && let Some(section) = section(first, &pending)
            {
                self.section = Some(section.into());
                return Ok(String::new());
            }
            if first.starts_with("</") {
                self.nesting.leave();
                return Ok(String::new());
            }
        }
        let Some((key, values)) = key_and_values(pending) else {
            return Ok(String::new());
        };
        let block = key.strip_prefix('<').map(str::to_owned);
        let within = match &self.section {
            Some(section) if self.nesting.0.is_empty() => section.clone(),
            _ => self.nesting.name(),
        };
        self.entries.add(Entry {
            key: block.clone().unwrap_or_else(|| key.clone()),
            within,
            values,
            line: self.line,
        })?;
        if let Some(block) = block {
            self.nesting.enter(block.trim_end_matches('>'))?;
        }
        Ok(key)
    }
}

/// Returns the name of a section, if the statement is its heading.
fn section(first: &str, pending: &[Token]) -> Option<String> {
    let mut name = first.strip_prefix('[')?.to_owned();
    for token in &pending[1..] {
        match token {
            Token::Word(word) => {
                name.push(' ');
                name.push_str(word);
            }
            _ => return None,
        }
    }
    Some(name.strip_suffix(']')?.trim_matches(['[', ']']).to_owned())
}

/// Returns the key and the values of a statement; `None` if it is empty.
fn key_and_values(pending: Vec<Token>) -> Option<(String, Vec<String>)> {
    let equals = pending
        .iter()
        .position(|token| matches!(token, Token::Equals(_)));
    let key_words = match equals {
        Some(at) if at == 1 => at,
        Some(at) if at <= MAX_KEY_WORDS && pending[at] == Token::Equals(true) => at,
        _ => 1,
    };
    let mut words = pending.into_iter().filter_map(|token| match token {
        Token::Word(word) => Some(word),
        _ => None,
    });
    let mut key = words.next()?;
    for _ in 1..key_words {
        key.push(' ');
        key.push_str(&words.next()?);
    }
    if key.ends_with(':') {
        key.pop();
    } else if let Some((name, value)) = of_colon(&key) {
        let first = value.to_owned();
        let key = name.to_owned();
        return Some((key, std::iter::once(first).chain(words).collect()));
    }
    Some((key, words.map(|word| plain(&word)).collect()))
}

/// Splits `key:/value`, which may be written without a space.
fn of_colon(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once(':')?;
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_path = value.starts_with('/') && !value.starts_with("//");
    (is_path && !name.is_empty() && name.chars().all(is_name)).then_some((name, value))
}

/// Returns a value without the brackets and commas of a list.
fn plain(word: &str) -> String {
    let word = word.trim_end_matches([',', ';']);
    let word = word.trim_start_matches(['[', '(']);
    let word = if word.contains(['[', '(']) {
        word
    } else {
        word.trim_end_matches([']', ')', '>'])
    };
    let inner = word
        .strip_prefix('"')
        .and_then(|inner| inner.strip_suffix('"'));
    inner.unwrap_or(word).to_owned()
}
