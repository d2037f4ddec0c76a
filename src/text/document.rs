//! Documents that are printed or written to a file.

use std::fmt::Write;

use anyhow::Result;
use serde::Serialize;

use super::written::{Output, without_brackets};
use super::{Html, Text, is_unsafe};

/// A complete document of one output, in which untrusted text has no effect. Only documents can be printed.
pub struct Document(String);

impl Document {
    /// Returns indented JSON with the exact texts; unsafe characters are written as `\u…`.
    pub fn json(value: &impl Serialize) -> Result<Self> {
        let mut text = guarded(serde_json::to_string_pretty(value)?);
        text.push('\n');
        Ok(Self(text))
    }

    /// Returns a text of confinix itself without untrusted parts: completions, the initial policy.
    pub fn own(text: String) -> Self {
        Self(text)
    }

    /// Returns the text.
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
    /// Returns JSON as the content of a script element. Nothing in it can end the element.
    pub fn json(value: &impl Serialize) -> Result<Self> {
        let json = guarded(serde_json::to_string(value)?);
        Ok(Self::raw(json.replace('<', "\\u003c")))
    }
}

/// Escapes all unsafe characters in JSON, which occur only in strings. Newlines between values stay.
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
