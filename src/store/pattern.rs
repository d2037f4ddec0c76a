//! Patterns that select packages and store paths.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use globset::{GlobBuilder, GlobMatcher};

use super::path::is_hash_char;
use super::{Package, StorePath, below, split};

/// Minimum length of the beginning of a hash; shorter text is a word.
const MIN_HASH_LEN: usize = 6;
/// Maximum number of names to propose if nothing matches.
const MAX_PROPOSALS: usize = 3;
/// Minimum Jaro-Winkler similarity of a proposal.
const MIN_LIKENESS: f64 = 0.75;

/// A literal or a glob.
#[derive(Clone, Debug)]
enum Word {
    Literal(String),
    Glob(GlobMatcher),
}

impl Word {
    fn parse(text: &str) -> Result<Self> {
        if !text.contains(['*', '?', '[', '{']) {
            return Ok(Self::Literal(text.to_owned()));
        }
        let glob = GlobBuilder::new(text)
            .backslash_escape(false)
            .build()
            .with_context(|| format!("{text:?} is not a glob"))?;
        Ok(Self::Glob(glob.compile_matcher()))
    }

    fn matches(&self, text: &str) -> bool {
        match self {
            Self::Literal(literal) => literal == text,
            Self::Glob(glob) => glob.is_match(text),
        }
    }
}

/// Selects files by name, which may be a glob: `perl`, `python*`.
#[derive(Clone, Debug)]
pub struct NamePattern(Word);

impl NamePattern {
    /// Parses a pattern. The error explains what is wrong with it.
    pub fn parse(text: &str) -> Result<Self> {
        ensure!(
            !text.is_empty() && !text.contains('/'),
            "{text:?} is not the name of a file: write it without directories"
        );
        Word::parse(text).map(Self)
    }

    /// Whether the pattern matches this name.
    pub fn matches(&self, name: &str) -> bool {
        self.0.matches(name)
    }
}

/// Selects packages by name, or by name and version, each of which may be a glob: `perl`, `python3*`, `openssl-1.*`. The name ends
/// as in store paths, before the first `-` that no letter follows.
#[derive(Clone, Debug)]
pub struct PackagePattern {
    name: Word,
    version: Option<Word>,
}

impl PackagePattern {
    /// Parses a pattern. The error explains what is wrong with it.
    pub fn parse(text: &str) -> Result<Self> {
        anyhow::ensure!(!text.is_empty(), "an empty name matches no package");
        anyhow::ensure!(
            !text.contains('/'),
            "{text:?} is not the name of a package: it contains a slash"
        );
        let (name, version) = split(text);
        Ok(Self {
            name: Word::parse(name)?,
            version: match version {
                "" => None,
                version => Some(Word::parse(version)?),
            },
        })
    }

    /// Whether the pattern matches this package. It matches any output, unless it names one after the version.
    pub fn matches(&self, package: &Package) -> bool {
        self.name.matches(package.name)
            && self.version.as_ref().is_none_or(|version| {
                version.matches(package.version)
                    || !package.output.is_empty()
                        && version.matches(&format!("{}-{}", package.version, package.output))
            })
    }
}

/// Selects store paths by package (see [`PackagePattern`]), by the beginning of the hash, or by the path itself or one below it.
#[derive(Debug)]
pub struct PathPattern {
    text: String,
    package: Option<PackagePattern>,
    is_hash: bool,
}

impl PathPattern {
    /// Parses a pattern. The error explains what is wrong with it.
    pub fn parse(text: &str) -> Result<Self> {
        let base = text.rsplit('/').next().unwrap_or_default();
        let digits = base.split('-').next().unwrap_or_default();
        Ok(Self {
            text: text.to_owned(),
            package: if text.starts_with('/') {
                None
            } else {
                Some(PackagePattern::parse(text)?)
            },
            is_hash: digits.len() >= MIN_HASH_LEN && is_of_hash(digits),
        })
    }

    /// Returns the pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the pattern matches this path.
    pub fn matches(&self, path: &StorePath) -> bool {
        match &self.package {
            None => {
                below(&self.text, path.as_str()).is_some()
                    || self.is_hash && path.as_str().starts_with(&self.text)
            }
            Some(package) => {
                package.matches(&Package::parse(path.name()))
                    || self.is_hash && path.base().starts_with(&self.text)
            }
        }
    }

    /// Returns the most similar package names among `paths`, the best first; with their versions if the pattern has one.
    pub fn proposals<'p>(&self, paths: impl IntoIterator<Item = &'p StorePath>) -> Vec<&'p str> {
        let wanted = self
            .text
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let (wanted, version) = split(wanted.trim_matches('*'));
        let paths: Vec<_> = paths.into_iter().collect();
        // The beginning of a hash that is too short to match.
        let is_begun = |path: &&&StorePath| is_of_hash(wanted) && path.base().starts_with(wanted);
        let begun: Vec<_> = paths
            .iter()
            .filter(is_begun)
            .map(|path| path.base())
            .collect();
        // With a version in the pattern, propose the versions that exist.
        let names: BTreeSet<_> = paths
            .into_iter()
            .map(|path| match version {
                "" => Package::parse(path.name()).name,
                _ => path.name(),
            })
            .collect();
        let mut close: Vec<_> = names
            .into_iter()
            .filter_map(|name| {
                let lower = name.to_ascii_lowercase();
                let holds = wanted.len() > 1 && lower.contains(wanted);
                let likeness = strsim::jaro_winkler(wanted, &lower) + if holds { 1. } else { 0. };
                (likeness >= MIN_LIKENESS).then_some((likeness, name))
            })
            .collect();
        close.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        let close = close.into_iter().map(|(_, name)| name);
        begun.into_iter().chain(close).take(MAX_PROPOSALS).collect()
    }
}

/// Whether the text consists of hash characters.
fn is_of_hash(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_hash_char)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(name: &str) -> Result<StorePath> {
        StorePath::parse(&format!(
            "/nix/store/0c0dfghijklmnpqrsvwxyz0123456789-{name}"
        ))
    }

    #[test]
    fn a_path_is_meant_by_name_version_glob_hash_or_whole() -> Result<()> {
        let openssl = path("openssl-3.0.13-bin")?;
        for pattern in [
            "openssl",
            "open*",
            "openssl-3.0.13",
            "openssl-3.*",
            "openssl-3.0.13-bin",
            "0c0dfg",
            "/nix/store/0c0dfg",
            "0c0dfghijklmnpqrsvwxyz0123456789-openssl",
            openssl.as_str(),
            &format!("{openssl}/bin/openssl"),
        ] {
            assert!(
                PathPattern::parse(pattern)?.matches(&openssl),
                "{pattern} does not match"
            );
        }
        for pattern in [
            "ssl",
            "openssl-1.*",
            "openssl-3",
            "openssl-3.0.13-dev",
            "0c0df",
            "fghijk",
            "/nix/store",
        ] {
            assert!(
                !PathPattern::parse(pattern)?.matches(&openssl),
                "{pattern} matches"
            );
        }
        assert!(PathPattern::parse("").is_err());
        assert!(PathPattern::parse("a[").is_err());
        Ok(())
    }

    #[test]
    fn what_comes_closest_is_proposed() -> Result<()> {
        let paths = [
            path("openssl-3.0")?,
            path("libressl-4")?,
            path("bash-5")?,
            path("openssh-9")?,
        ];
        let proposals =
            |text: &str| Ok::<_, anyhow::Error>(PathPattern::parse(text)?.proposals(&paths));
        assert_eq!(proposals("ssl")?, ["libressl", "openssl"]);
        assert_eq!(proposals("opnssl-3")?, ["openssl-3.0", "openssh-9"]);
        assert_eq!(proposals("0c0")?[0], paths[0].base());
        assert_eq!(proposals("zlib")?, [""; 0]);
        Ok(())
    }
}
