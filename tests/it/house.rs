//! What ARCHITECTURE.md promises of the source tree: modules that use only modules below them, files of one idea each, links that lead somewhere.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use pulldown_cmark::{Event, Parser, Tag};

use crate::support::{CHECKOUT, fixture};

/// A longer file holds more than one idea. Tests count too.
const MOST_LINES: usize = 300;

/// The directories that documents for contributors name files of.
const PLACES: [&str; 7] = [
    "docs/", "src/", "tests/", "nix/", "benches/", "fuzz/", "schemas/",
];

/// What any module may use: files of `src/` itself.
const EVERYWHERE: [&str; 3] = ["interrupt", "progress", "search_path"];

#[test]
fn a_module_uses_only_modules_below_it() -> Result<()> {
    let modules = modules()?;
    let floor = |module: &str| modules.iter().position(|known| known == module);
    let mut reaching_up = Vec::new();
    for file in sources("src", "rs")? {
        let Some(module) = module_of(&file)? else {
            continue;
        };
        let own = floor(&module).with_context(|| {
            format!(
                "ARCHITECTURE.md does not list the module {module} of {}",
                file.display()
            )
        })?;
        for used in used_modules(&fs::read_to_string(&file)?) {
            if used == module || EVERYWHERE.contains(&used.as_str()) {
                continue;
            }
            let used_floor = floor(&used)
                .with_context(|| format!("ARCHITECTURE.md does not list the module {used}"))?;
            if used_floor <= own {
                reaching_up.push(format!("{}: {used}", file.display()));
            }
        }
    }
    assert!(reaching_up.is_empty(), "{}", reaching_up.join("\n"));
    Ok(())
}

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

#[test]
fn documents_for_contributors_name_files_that_exist() -> Result<()> {
    for document in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = fs::read_to_string(fixture(document))?;
        let code = text.split('`').skip(1).step_by(2);
        let named = code.filter(|code| PLACES.iter().any(|place| code.starts_with(place)));
        for file in named {
            // A command has arguments.
            let command = file.split([' ', ':']).next().unwrap_or(file);
            let file = if fixture(file).exists() {
                file
            } else {
                command
            };
            let is_placeholder = file.contains(|c: char| c.is_ascii_uppercase());
            ensure!(
                is_placeholder || fixture(file).exists(),
                "{document} names {file}, which does not exist"
            );
        }
    }
    Ok(())
}

/// The modules that ARCHITECTURE.md lists, from the top down. Modules of one row do not use each other.
fn modules() -> Result<Vec<String>> {
    let text = fs::read_to_string(fixture("ARCHITECTURE.md"))?;
    let table = text
        .split_once("| module | what it does |\n| --- | --- |\n")
        .and_then(|(_, rest)| rest.split_once("\n\n"))
        .context("ARCHITECTURE.md has no table of modules")?
        .0;
    let cells = table.lines().filter_map(|row| row.split('|').nth(1));
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    Ok(names
        .map(|name| name.trim_end_matches('/').to_owned())
        .collect())
}

/// The module that a file is in; `None` if it is in `src/` itself and has no directory.
fn module_of(file: &Path) -> Result<Option<String>> {
    let source = fixture("src");
    let inside = file.strip_prefix(&source)?;
    let first = inside.components().next().context("a file has a name")?;
    let name = first.as_os_str().to_string_lossy();
    let module = name.trim_end_matches(".rs").to_owned();
    Ok(source.join(&module).is_dir().then_some(module))
}

/// The modules whose names follow `crate::`, but in tests beside the code.
fn used_modules(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let code = code
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.flat_map(|line| [line, "\n"]).collect();
    let after = code.split("crate::").skip(1);
    let mut modules = BTreeSet::new();
    for text in after {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name: String = text.chars().take_while(|c| is_name(*c)).collect();
        if !name.is_empty() && fixture("src").join(&name).is_dir() {
            modules.insert(name);
        }
    }
    modules
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
