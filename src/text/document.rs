//! What is printed or written to a file.

use std::fmt::Write;

use anyhow::Result;
use serde::Serialize;

use super::written::{Output, without_brackets};
use super::{Html, Text, is_unsafe};

/// A whole document of some output, in which nothing from elsewhere can act. Only such can be printed.
pub struct Document(String);

impl Document {
    /// JSON with the exact texts, in lines; what is unsafe is written as `\u…`.
    pub fn json(value: &impl Serialize) -> Result<Self> {
        let mut text = guarded(serde_json::to_string_pretty(value)?);
        text.push('\n');
        Ok(Self(text))
    }

    /// A text that confinix itself makes of nothing from elsewhere: completions, a policy to begin with.
    pub fn own(text: String) -> Self {
        Self(text)
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<O: Output> From<Text<O>> for Document {
    fn from(text: Text<O>) -> Self {
        Self(text.finish())
    }
}

impl Text<Html> {
    /// JSON as the content of a script element, which nothing in it can end.
    pub fn json(value: &impl Serialize) -> Result<Self> {
        let json = guarded(serde_json::to_string(value)?);
        Ok(Self::raw(json.replace('<', "\\u003c")))
    }
}

/// JSON with all unsafe characters escaped: they are nowhere but in strings. The newlines between its parts stay.
fn guarded(json: String) -> String {
    let is_odd = |c: char| is_unsafe(c) && c != '\n';
    let json = if json.contains(is_odd) {
        let mut out = String::with_capacity(json.len());
        for c in json.chars() {
            if is_odd(c) {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            } else {
                out.push(c);
            }
        }
        out
    } else {
        json
    };
    without_brackets(json, "\\u005b")
}
