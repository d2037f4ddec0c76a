//! What packages say about themselves in `meta`: licences, homepages, sources.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;

use super::eval::evaluate_with;
use super::{Evaluation, Nix};
use crate::document::{Kind, limited, read_json};
use crate::store::{Package, StorePath};
use crate::text::nix_string;

/// `nix/about.nix`: a value and names of packages → what the packages say about themselves.
const ABOUT_NIX: &str = include_str!("../../nix/about.nix");

/// How many bytes of names are asked for at once. The kernel limits an argument to 128 KiB.
const AT_ONCE: usize = 64 << 10;

/// What is known about the package of a store path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct About {
    /// Its homepage.
    pub homepage: Option<String>,
    /// Its licences. Whether all of them apply or one of them is not told.
    pub licenses: Vec<License>,
    /// Where its source was downloaded.
    pub sources: Vec<String>,
}

/// A licence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct License {
    /// Its full name.
    pub name: Option<String>,
    /// Its identifier in SPDX's list, if it has one.
    pub spdx_id: Option<String>,
}

/// What is known about the packages of store paths.
pub type Abouts = BTreeMap<StorePath, About>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    path: String,
    about: About,
}

/// Evaluates what the packages of these store paths say about themselves, as far as they are found by their names or in the value.
pub fn about<'p>(
    nix: &Nix,
    evaluation: &Evaluation,
    paths: impl Iterator<Item = &'p StorePath>,
) -> Result<Abouts> {
    let known: BTreeSet<_> = paths.collect();
    let packages = known.iter().map(|path| Package::parse(path.name()));
    let names: BTreeSet<_> = packages.map(|package| package.name).collect();
    let mut found = Abouts::new();
    let host = evaluation.host_in_nix();
    for list in lists(&names) {
        let function = format!("({ABOUT_NIX}) {{ names = [ {list}]; host = {host}; }}");
        let (entries, _): (Vec<Entry>, _) = evaluate_with(nix, evaluation, &function, |output| {
            read_json(limited(output, Kind::Listing))
        })
        .with_context(|| format!("cannot evaluate the packages of {}", evaluation.describe()))?;
        for Entry { path, about } in entries {
            let path = StorePath::parse(&path).ok();
            let path = path.filter(|path| known.contains(path));
            found.extend(path.map(|path| (path, about)));
        }
    }
    Ok(found)
}

/// The names as elements of Nix lists that each fit into an argument.
fn lists(names: &BTreeSet<&str>) -> Vec<String> {
    let mut lists = vec![String::new()];
    for name in names {
        let name = format!("{} ", nix_string(name));
        match lists.last_mut() {
            Some(list) if list.len() + name.len() <= AT_ONCE => list.push_str(&name),
            _ => lists.push(name),
        }
    }
    lists
}

impl About {
    /// The homepage, if it is a URL.
    pub fn homepage(&self) -> Option<&str> {
        self.homepage.as_deref().filter(|url| is_url(url))
    }

    /// The sources that are URLs.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        self.sources
            .iter()
            .map(String::as_str)
            .filter(|url| is_url(url))
    }
}

/// Whether a text has the syntax of a URL (RFC 3987), so that strict readers of what we write accept it.
fn is_url(text: &str) -> bool {
    let is_refused = |c: char| c.is_control() || c.is_whitespace() || "<>\"{}|\\^`[]".contains(c);
    let is_escaped = |rest: &str| {
        let mut digits = rest.bytes().take(2).filter(u8::is_ascii_hexdigit);
        digits.next().is_some() && digits.next().is_some()
    };
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    text.split_once("://")
        .is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty())
        && !text.contains(is_refused)
        && text.split('%').skip(1).all(is_escaped)
}

impl License {
    /// Its identifier, if SPDX's list has it.
    pub fn listed_id(&self) -> Option<&'static str> {
        let id = self.spdx_id.as_deref()?;
        let listed = spdx::license_id(id)?;
        (listed.name == id).then_some(listed.name)
    }

    /// Its identifier, or else its name.
    pub fn known_as(&self) -> Option<&str> {
        self.spdx_id.as_deref().or(self.name.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_into_arguments() {
        let names: Vec<_> = (0..20_000)
            .map(|number| format!("package{number}"))
            .collect();
        let lists = lists(&names.iter().map(String::as_str).collect());
        assert!(lists.len() > 1 && lists.iter().all(|list| list.len() <= AT_ONCE));
        let count: usize = lists
            .iter()
            .map(|list| list.split_whitespace().count())
            .sum();
        assert_eq!(count, names.len());
    }

    #[test]
    fn only_urls_are_urls() {
        for text in [
            "https://example.org/a%20b?c#d",
            "mirror://gnu/x.tar.gz",
            "git+ssh://h/x",
        ] {
            assert!(is_url(text), "{text}");
        }
        for text in [
            "",
            "example.org",
            "https://",
            "https://a b",
            "https://a%2",
            "java script://x",
            "https://\u{1b}[2J",
        ] {
            assert!(!is_url(text), "{text}");
        }
    }

    #[test]
    fn only_identifiers_of_the_list_count() {
        let of = |id: &str| {
            License {
                spdx_id: Some(id.to_owned()),
                name: None,
            }
            .listed_id()
        };
        assert_eq!(of("GPL-3.0-or-later"), Some("GPL-3.0-or-later"));
        assert_eq!(of("gpl-3.0-or-later"), None);
        assert_eq!(of("a licence"), None);
    }
}
