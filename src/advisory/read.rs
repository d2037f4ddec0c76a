//! Reads files with advisories, whatever tool has written them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::file::File;
use super::{Product, csaf, grype, osv, vulnix};
use crate::document::{Kind as DocumentKind, json_text, open_given, parse_json};

/// What some files say about packages.
#[derive(Clone, Debug, Default)]
pub struct Advisories {
    /// Every advisory, by its id. What several files say under one id is put together.
    pub by_id: BTreeMap<String, Advisory>,
    /// What was left out, each with its place and the reason.
    pub left_out: Vec<String>,
}

/// One advisory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advisory {
    /// The kind of file that it is from; its source for readers of a bill of materials.
    pub kind: Option<Kind>,
    /// Its other ids.
    pub aliases: BTreeSet<String>,
    /// Its subject, in one line.
    pub summary: Option<String>,
    /// The packages that it is about.
    pub products: Vec<Product>,
    /// Whether it is about others too, which it does not identify.
    pub is_vague: bool,
}

/// A kind of file with advisories.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// OSV's schema.
    Osv,
    /// The Common Security Advisory Framework.
    Csaf,
    /// The output of `vulnix --json`.
    Vulnix,
    /// The output of `grype -o json`.
    Grype,
}

impl Kind {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Osv => "OSV",
            Self::Csaf => "CSAF",
            Self::Vulnix => "vulnix",
            Self::Grype => "grype",
        }
    }
}

impl Advisories {
    /// Adds what a file says of an id.
    pub(super) fn add(&mut self, id: String, advisory: Advisory) {
        let known = self.by_id.entry(id).or_default();
        known.kind = known.kind.or(advisory.kind);
        known.aliases.extend(advisory.aliases);
        known.summary = known.summary.take().or(advisory.summary);
        known.products.extend(advisory.products);
        known.is_vague |= advisory.is_vague;
    }
}

/// The keys that tell kinds apart. Each occurs in one kind alone.
#[derive(Deserialize)]
struct Shape {
    affected_by: Option<IgnoredAny>,
    derivation: Option<IgnoredAny>,
    document: Option<IgnoredAny>,
    id: Option<IgnoredAny>,
    matches: Option<IgnoredAny>,
    modified: Option<IgnoredAny>,
    schema_version: Option<IgnoredAny>,
    affected: Option<IgnoredAny>,
}

/// Reads a file of advisories, whose kind its content tells.
pub fn read(path: &Path, into: &mut Advisories) -> Result<()> {
    let context = || format!("cannot read the advisories in {}", path.display());
    let text = open_given(path, DocumentKind::Advisories)
        .map_err(anyhow::Error::from)
        .and_then(json_text)
        .with_context(context)?;
    parse(&path.display().to_string(), &text, into).with_context(context)
}

/// Parses the text of such a file. `file` is its name in messages.
pub fn parse(file: &str, text: &[u8], into: &mut Advisories) -> Result<()> {
    let file = &mut File::new(file, into);
    let is_list = text.trim_ascii_start().starts_with(b"[");
    let shape: Option<Shape> = if is_list {
        let shapes: Vec<Shape> = json(text)?;
        // An empty list says nothing, whoever has written it.
        let Some(first) = shapes.into_iter().next() else {
            return file.leave_out("the whole file", "the list is empty");
        };
        Some(first)
    } else if text.trim_ascii_start().starts_with(b"{") {
        Some(json(text)?)
    } else {
        // The error names the place.
        json::<IgnoredAny>(text)?;
        None
    };
    let Some(kind) = shape.as_ref().and_then(kind_of) else {
        bail!(unknown())
    };
    match (kind, is_list) {
        (Kind::Osv, false) => osv::add(vec![json(text)?], file),
        (Kind::Osv, true) => osv::add(json(text)?, file),
        (Kind::Csaf, false) => csaf::add(json(text)?, file),
        (Kind::Grype, false) => grype::add(json(text)?, file),
        (Kind::Vulnix, true) => vulnix::add(json(text)?, file),
        (Kind::Vulnix, false) | (Kind::Csaf | Kind::Grype, true) => bail!(unknown()),
    }
}

/// Parses JSON of a kind that is known.
fn json<T: DeserializeOwned>(text: &[u8]) -> Result<T> {
    let parsed = parse_json(text);
    parsed
        .map_err(|error| anyhow!("{error:#} (get the file again, or write it again with its tool)"))
}

/// The kind of a document.
fn kind_of(shape: &Shape) -> Option<Kind> {
    let has = Option::is_some;
    let is_osv = has(&shape.modified) || has(&shape.schema_version) || has(&shape.affected);
    let kinds = [
        (
            has(&shape.affected_by) && has(&shape.derivation),
            Kind::Vulnix,
        ),
        (has(&shape.document), Kind::Csaf),
        (has(&shape.matches), Kind::Grype),
        (has(&shape.id) && is_osv, Kind::Osv),
    ];
    let found = kinds.into_iter().find(|(is_found, _)| *is_found);
    found.map(|(_, kind)| kind)
}

fn unknown() -> String {
    let kinds = [
        "an advisory in OSV's schema, or a list of them (id and affected)",
        "one in CSAF (document)",
        "the output of `vulnix --json` (a list with derivation and affected_by)",
        "or that of `grype -o json` (matches)",
    ];
    format!("it is JSON of another kind: expected {}", kinds.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A small file must not become a large memory: long texts that everything in it repeats.
    #[test]
    fn what_a_file_repeats_is_bounded() {
        let long = "x".repeat(1 << 20);
        let many: Vec<_> = (0..1000).map(|number| number.to_string()).collect();
        let vulnix = |key: &str| {
            let mut entry =
                json!({ "pname": long, "version": "1", "derivation": "x", "affected_by": [] });
            entry[key] = json!(many);
            json!([entry])
        };
        let document = json!({ "title": long, "tracking": { "id": "X" } });
        let whole = |id: &String| json!({ "product_reference": "long", "full_product_name": { "product_id": id } });
        let wholes: Vec<_> = many.iter().map(whole).collect();
        let product = json!({
            "product_id": "long",
            "product_identification_helper": { "purl": format!("pkg:generic/x@{long}") }
        });
        for file in [
            vulnix("affected_by"),
            vulnix("whitelisted"),
            json!({ "document": document, "vulnerabilities": vec![json!({}); many.len()] }),
            json!({
                "document": { "tracking": { "id": "X" } },
                "product_tree": { "full_product_names": [product], "relationships": wholes },
                "vulnerabilities": [{ "product_status": { "known_affected": many } }]
            }),
        ] {
            let parsed = parse(
                "x.json",
                file.to_string().as_bytes(),
                &mut Advisories::default(),
            );
            let told = parsed.map_err(|error| error.to_string());
            assert!(
                told.as_ref().is_err_and(|told| told.contains("repeats")),
                "{told:?}"
            );
        }
    }
}
