//! The package of a store path, derived from its name.

use std::fmt;

use super::{StoreDir, mentions};

/// Outputs of packages in nixpkgs, which may follow the version in a name.
const OUTPUTS: [&str; 21] = [
    "bin", "data", "debug", "dev", "devdoc", "devman", "dist", "doc", "getent", "info", "lib",
    "libgcc", "libs", "locales", "man", "modules", "out", "python", "static", "terminfo", "tools",
];

/// The parts of a store path's name: `openssl-3.0.13-bin` is the output `bin` of `openssl` in version `3.0.13`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Package<'a> {
    /// The name of the package.
    pub name: &'a str,
    /// Its version; empty if it has none.
    pub version: &'a str,
    /// The output; empty for `out`.
    pub output: &'a str,
}

impl<'a> Package<'a> {
    /// Parses the name part of a store path. The name of the package ends where `builtins.parseDrvName` ends it, before the first
    /// `-` that no letter follows. If the rest ends with a known output, that is not part of the version.
    pub fn parse(text: &'a str) -> Self {
        let (name, version) = split(text);
        match version.rsplit_once('-') {
            Some((version, output)) if OUTPUTS.contains(&output) => Self {
                name,
                version,
                output: if output == "out" { "" } else { output },
            },
            _ => Self {
                name,
                version,
                output: "",
            },
        }
    }
}

impl fmt::Display for Package<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        for part in [self.version, self.output] {
            if !part.is_empty() {
                write!(f, "-{part}")?;
            }
        }
        Ok(())
    }
}

/// Splits a name into package and version, as `builtins.parseDrvName` does (Nix's `names.cc`).
pub fn split(text: &str) -> (&str, &str) {
    let ends = |(at, _): &(usize, &str)| {
        text.as_bytes()
            .get(at + 1)
            .is_some_and(|next| !next.is_ascii_alphabetic())
    };
    match text.match_indices('-').find(ends) {
        Some((at, _)) => (&text[..at], &text[at + 1..]),
        None => (text, ""),
    }
}

/// Replaces every store path in the text with `<package>`, so that the text stays the same when versions and hashes change.
pub fn name_packages(text: &str, dir: &StoreDir) -> String {
    let mut named = String::with_capacity(text.len());
    let mut rest = text;
    for mention in mentions(text, dir) {
        let path = format!("{dir}/{}-{}", mention.hash, mention.name);
        if let Some((before, after)) = rest.split_once(&path) {
            named.push_str(before);
            named.push('<');
            named.push_str(Package::parse(mention.name).name);
            named.push('>');
            rest = after;
        }
    }
    named.push_str(rest);
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_apart_as_nix_takes_them_apart() {
        for (text, name, version, output) in [
            ("bash-5.2", "bash", "5.2", ""),
            ("bash-interactive-5.2p26", "bash-interactive", "5.2p26", ""),
            ("openssl-3.0.13-bin", "openssl", "3.0.13", "bin"),
            ("openssl-3.0.13-out", "openssl", "3.0.13", ""),
            ("glibc-2.40-66", "glibc", "2.40-66", ""),
            ("glibc-2.40-66-dev", "glibc", "2.40-66", "dev"),
            ("nix-unstable-2024-01-01", "nix-unstable", "2024-01-01", ""),
            ("site", "site", "", ""),
            ("site-lib", "site-lib", "", ""),
            ("a-", "a-", "", ""),
            ("a--b", "a", "-b", ""),
            ("unit-script-web-start", "unit-script-web-start", "", ""),
            ("python3-3.12.4-env", "python3", "3.12.4-env", ""),
        ] {
            let expected = Package {
                name,
                version,
                output,
            };
            assert_eq!(Package::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn a_package_prints_as_the_path_has_it() {
        for text in ["openssl-3.0.13-bin", "site", "bash-5.2"] {
            assert_eq!(Package::parse(text).to_string(), text);
        }
    }
}
