//! What packages say about themselves in `meta`: licences, homepages, sources.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::store::StorePath;

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
