//! What ARCHITECTURE.md promises of the source tree: modules that use only modules below them, files of one idea each, links that lead somewhere.

mod modules;
mod package;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use pulldown_cmark::{Event, Parser, Tag};

use crate::support::{CHECKOUT, fixture};

/// A longer file holds more than one idea. Tests count too.
const MOST_LINES: usize = 300;

/// The directories that documents for contributors name files of.
const PLACES: [&str; 7] = [
    "docs/", "src/", "tests/", "nix/", "benches/", "fuzz/", "schemas/",
];

/// Names in recipes that stand for others.
const PLACEHOLDERS: [&str; 2] = ["NAME", "CASE"];

#[test]
fn files_are_short() -> Result<()> {
    let mut long = Vec::new();
    for (place, extension) in [("src", "rs"), ("tests", "rs"), ("nix", "nix")] {
        for file in sources(place, extension)? {
            let lines = fs::read_to_string(&file)?.lines().count();
            if lines > MOST_LINES {
                long.push(format!("{}: {lines} lines", file.display()));
            }
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
    Ok(())
}

#[test]
fn documents_link_to_what_exists() -> Result<()> {
    let mut anchors: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
    let mut broken = Vec::new();
    for document in documents()? {
        for link in links(&fs::read_to_string(&document)?) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let file = match path {
                "" => document.clone(),
                path => document
                    .parent()
                    .context("a document is in a directory")?
                    .join(path),
            };
            let leads_somewhere = file.exists()
                && (anchor.is_empty() || {
                    if !anchors.contains_key(&file) {
                        anchors.insert(file.clone(), headings(&fs::read_to_string(&file)?));
                    }
                    anchors[&file].contains(anchor)
                });
            if !leads_somewhere {
                broken.push(format!("{}: {link}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    Ok(())
}

/// mdBook makes the book of the pages in docs/SUMMARY.md: it has all of them, and they link to nothing else of the source tree.
#[test]
fn the_book_is_whole() -> Result<()> {
    let pages: BTreeSet<PathBuf> = links(&fs::read_to_string(fixture("docs/SUMMARY.md"))?)
        .iter()
        .map(|page| fixture("docs").join(page))
        .collect();
    let summary = fixture("docs/SUMMARY.md");
    for page in sources("docs", "md")? {
        if page == summary {
            continue;
        }
        ensure!(
            pages.contains(&page),
            "{} is not in the book",
            page.display()
        );
        for link in links(&fs::read_to_string(&page)?) {
            let path = link.split('#').next().unwrap_or_default();
            if path.is_empty() || link.contains("://") {
                continue;
            }
            let file = page
                .parent()
                .context("a page is in a directory")?
                .join(path);
            let file = file.canonicalize().with_context(|| link.clone())?;
            ensure!(
                pages.contains(&file)
                    || file
                        .extension()
                        .is_some_and(|kind| kind == "svg" || kind == "webp"),
                "{} links to {link}, which the book does not have",
                page.display()
            );
        }
    }
    Ok(())
}

#[test]
fn documents_for_contributors_name_files_that_exist() -> Result<()> {
    let mut known = Vec::new();
    for (place, extension) in [("src", "rs"), ("tests", "rs"), ("nix", "nix")] {
        known.extend(sources(place, extension)?);
    }
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(fixture(document))?;
        let code = text.split('`').skip(1).step_by(2);
        for code in code.filter(|code| !PLACEHOLDERS.iter().any(|name| code.contains(name))) {
            // A command has arguments.
            let command = code.split([' ', ':']).next().unwrap_or(code);
            let is_there = if PLACES.iter().any(|place| code.starts_with(place)) {
                fixture(code).exists() || fixture(command).exists()
            } else if code == command && (code.ends_with(".rs") || code.ends_with(".nix")) {
                // The text around it tells the directory.
                known.iter().any(|file| file.ends_with(code))
            } else {
                true
            };
            ensure!(is_there, "{document} names {code}, which does not exist");
        }
    }
    Ok(())
}

fn sources(place: &str, extension: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut left = vec![fixture(place)];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(&directory)? {
            let path = entry?.path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn documents() -> Result<Vec<PathBuf>> {
    let mut documents = Vec::new();
    for place in ["docs", "tests", "benches", "fixtures", "nix", "schemas"] {
        documents.extend(sources(place, "md")?);
    }
    documents.push(fixture("fuzz/README.md"));
    for entry in fs::read_dir(CHECKOUT)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            documents.push(path);
        }
    }
    Ok(documents)
}

fn links(markdown: &str) -> Vec<String> {
    let links = Parser::new(markdown).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.into_string())
        }
        _ => None,
    });
    links.collect()
}

/// The anchors that code hosts make of headings: lower case, spaces as dashes, punctuation left out.
fn headings(markdown: &str) -> BTreeSet<String> {
    let headings = markdown.lines().filter(|line| line.starts_with('#'));
    let anchors = headings.map(|line| {
        let heading = line.trim_start_matches('#').trim().to_lowercase();
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    });
    anchors.collect()
}
