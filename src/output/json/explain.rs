//! The codes of findings.

use anyhow::Result;
use serde::Serialize;

use super::versioned;
use crate::audit::rule;
use crate::code::{self, Level};
use crate::output::Explained;
use crate::text::Document;

/// Every code to explain, with its full explanation.
pub fn explain(explained: &Explained) -> Result<Document> {
    versioned(&Codes {
        codes: explained.codes().map(Code::from).collect(),
    })
}

#[derive(Serialize)]
struct Codes {
    codes: Vec<Code>,
}

#[derive(Serialize)]
struct Code {
    code: code::Code,
    level: Level,
    summary: &'static str,
    what: &'static str,
    why: &'static str,
    example: &'static str,
    fix: &'static str,
    allow: &'static str,
}

impl From<code::Code> for Code {
    fn from(code: code::Code) -> Self {
        let explanation = &rule(code).explanation;
        Self {
            code,
            level: code.level(),
            summary: code.summary(),
            what: explanation.what,
            why: explanation.why,
            example: explanation.example,
            fix: explanation.fix,
            allow: explanation.allow,
        }
    }
}
