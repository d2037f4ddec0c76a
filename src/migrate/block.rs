//! A block of the file: what was written about one service, with a mark that tells whether it was edited since.

use anyhow::{Result, bail};

use crate::bundle::Digest;
use crate::service::UnitName;

/// What the lines of confinix begin with.
pub const MARK: &str = "# confinix: ";

/// How a block came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// confinix wrote it.
    Written {
        /// The digest of what it wrote.
        digest: String,
        /// What it rehearsed, if it did: the digest of the service as it was then ([`identity`](super::held::identity)).
        rehearsed: Option<String>,
    },
    /// The user gave the reason for which the service stays out.
    Given,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The service.
    pub name: UnitName,
    /// How it came about.
    pub origin: Origin,
    /// Its lines below the mark.
    pub body: Vec<String>,
    /// The line of the mark in the file that was read, from 1; 0 if it is new.
    pub line: usize,
}

impl Block {
    /// A block of these lines. `rehearsed`: what was rehearsed.
    pub fn written(name: &UnitName, body: Vec<String>, rehearsed: Option<String>) -> Self {
        Self {
            name: name.clone(),
            origin: Origin::Written {
                digest: digest(&body),
                rehearsed,
            },
            body,
            line: 0,
        }
    }

    /// A block of a service that stays out by the user's word. It is kept until the user removes it.
    pub fn given(name: &UnitName, body: Vec<String>) -> Self {
        Self {
            name: name.clone(),
            origin: Origin::Given,
            body,
            line: 0,
        }
    }

    /// Reads the mark of a block, of which the part after [`MARK`] and `block ` is given. The error follows a colon.
    pub fn begin(mark: &str, line: usize) -> Result<Self> {
        let words: Vec<&str> = mark.split_whitespace().collect();
        let is_digest = |word: &str| {
            word.len() == LENGTH && word.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f'))
        };
        let (name, origin) = match words[..] {
            [name, "given"] => (name, Origin::Given),
            [name, digest] if is_digest(digest) => (
                name,
                Origin::Written {
                    digest: digest.to_owned(),
                    rehearsed: None,
                },
            ),
            [name, digest, "rehearsed", of] if is_digest(digest) && is_digest(of) => (
                name,
                Origin::Written {
                    digest: digest.to_owned(),
                    rehearsed: Some(of.to_owned()),
                },
            ),
            _ => bail!("the mark of this block is broken"),
        };
        Ok(Self {
            name: UnitName::parse(name)?,
            origin,
            body: Vec::new(),
            line,
        })
    }

    /// The line that marks it.
    pub fn mark(&self) -> String {
        let name = &self.name;
        match &self.origin {
            Origin::Given => format!("{MARK}block {name} given"),
            Origin::Written {
                digest,
                rehearsed: None,
            } => format!("{MARK}block {name} {digest}"),
            Origin::Written {
                digest,
                rehearsed: Some(of),
            } => format!("{MARK}block {name} {digest} rehearsed {of}"),
        }
    }

    /// Whether someone changed it since confinix wrote it.
    pub fn is_edited(&self) -> bool {
        match &self.origin {
            Origin::Given => false,
            Origin::Written { digest: before, .. } => *before != digest(&self.body),
        }
    }

    /// Whether the user gave the reason.
    pub fn is_given(&self) -> bool {
        self.origin == Origin::Given
    }

    /// Whether another block says what confinix wrote here at last.
    pub fn is_as_written(&self, new: &Self) -> bool {
        match (&self.origin, &new.origin) {
            (Origin::Written { digest: a, .. }, Origin::Written { digest: b, .. }) => a == b,
            _ => self.body == new.body,
        }
    }

    /// What was rehearsed, if it was.
    pub fn rehearsed(&self) -> Option<&str> {
        match &self.origin {
            Origin::Written { rehearsed, .. } => rehearsed.as_deref(),
            Origin::Given => None,
        }
    }
}

const LENGTH: usize = 16;

/// A digest that is short enough for a mark: it shows edits, not forgeries.
pub fn short_digest(bytes: &[u8]) -> String {
    let mut digest = Digest::short(bytes);
    digest.truncate(LENGTH);
    digest
}

fn digest(body: &[String]) -> String {
    short_digest(body.join("\n").as_bytes())
}
