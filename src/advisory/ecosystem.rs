//! Where packages come from, and what their names say about store paths.

/// A kind of packages with names of their own: an ecosystem of OSV, or the type of a package URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ecosystem {
    /// Its name, as the advisory has it.
    pub name: String,
    presence: Presence,
}

/// How a package of an ecosystem is found in a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// It is named as in nixpkgs.
    Nixpkgs,
    /// It has a store path of its own, which may be called otherwise in nixpkgs.
    Own,
    /// The same, and its versions are those of a distribution.
    Distribution,
    /// It has a store path of its own, with one of these prefixes, after which there may be a version: `python3.12-jinja2`.
    Prefixed(&'static str),
    /// It is compiled into other packages or a part of them, and has no store path of its own.
    Inside,
}

/// Ecosystems by their names in OSV, without what follows a colon.
const OF_OSV: &[(&str, Presence)] = &[
    ("AlmaLinux", Presence::Distribution),
    ("Alpaquita", Presence::Distribution),
    ("Alpine", Presence::Distribution),
    ("Azure Linux", Presence::Distribution),
    ("BellSoft Hardened Containers", Presence::Distribution),
    ("Bitnami", Presence::Own),
    ("CRAN", Presence::Prefixed("r")),
    ("Chainguard", Presence::Distribution),
    ("Debian", Presence::Distribution),
    ("Echo", Presence::Distribution),
    ("GIT", Presence::Own),
    ("Linux", Presence::Own),
    ("Mageia", Presence::Distribution),
    ("MinimOS", Presence::Distribution),
    ("Nix", Presence::Nixpkgs),
    ("Nixpkgs", Presence::Nixpkgs),
    ("OSS-Fuzz", Presence::Own),
    ("Photon OS", Presence::Distribution),
    ("PyPI", Presence::Prefixed("python")),
    ("Red Hat", Presence::Distribution),
    ("Rocky Linux", Presence::Distribution),
    ("RubyGems", Presence::Prefixed("ruby")),
    ("SUSE", Presence::Distribution),
    ("Ubuntu", Presence::Distribution),
    ("Wolfi", Presence::Distribution),
    ("openEuler", Presence::Distribution),
    ("openSUSE", Presence::Distribution),
];

/// Ecosystems by their types in package URLs.
const OF_URL: &[(&str, Presence)] = &[
    ("alpm", Presence::Distribution),
    ("apk", Presence::Distribution),
    ("bitnami", Presence::Own),
    ("cran", Presence::Prefixed("r")),
    ("deb", Presence::Distribution),
    ("gem", Presence::Prefixed("ruby")),
    ("generic", Presence::Own),
    ("github", Presence::Own),
    ("gitlab", Presence::Own),
    ("nix", Presence::Nixpkgs),
    ("pypi", Presence::Prefixed("python")),
    ("rpm", Presence::Distribution),
];

impl Ecosystem {
    /// The ecosystem with this name in OSV. An unknown one may be of any kind.
    pub fn of_osv(name: &str) -> Self {
        let family = name.split(':').next().unwrap_or(name);
        Self::listed(name, family, OF_OSV)
    }

    /// The ecosystem with this type in package URLs. An unknown one may be of any kind.
    pub fn of_url(name: &str) -> Self {
        Self::listed(name, name, OF_URL)
    }

    /// Packages named by their projects, as in CPE.
    pub fn upstream() -> Self {
        Self::of_url("generic")
    }

    /// Packages named as in nixpkgs.
    pub fn nixpkgs() -> Self {
        Self::of_url("nix")
    }

    fn listed(name: &str, family: &str, list: &[(&str, Presence)]) -> Self {
        let mut list = list.iter();
        let found = list.find(|(known, _)| known.eq_ignore_ascii_case(family));
        Self {
            name: name.to_owned(),
            presence: found.map_or(Presence::Inside, |(_, presence)| *presence),
        }
    }

    /// How its packages are found in a store.
    pub fn presence(&self) -> Presence {
        self.presence
    }

    /// Why its versions can't be compared with those of store paths, if that is so.
    pub(super) fn incomparable(&self) -> Option<&'static str> {
        matches!(self.presence, Presence::Distribution).then_some(
            "the advisory has the versions of a distribution, which nixpkgs does not follow",
        )
    }
}

impl Presence {
    /// Those with a prefix.
    pub const PREFIXED: [Self; 3] = [
        Self::Prefixed("python"),
        Self::Prefixed("r"),
        Self::Prefixed("ruby"),
    ];

    /// The part of a store path's package name that is the name of a package here; `None` if it can't be one.
    pub fn part_of(self, package: &str) -> Option<&str> {
        match self {
            Self::Nixpkgs | Self::Own | Self::Distribution => Some(package),
            Self::Prefixed(prefix) => {
                let rest = package.strip_prefix(prefix)?;
                let version = |c: char| c.is_ascii_digit() || c == '.';
                rest.trim_start_matches(version).strip_prefix('-')
            }
            Self::Inside => None,
        }
    }
}

/// Returns a name in a form that all spellings of it have: `Jinja2`, `ruamel.yaml` and `ruamel_yaml` are compared as in PyPI.
pub fn plain(name: &str) -> String {
    let is_between = |c: char| matches!(c, '-' | '_' | '.');
    let mut plain = String::with_capacity(name.len());
    for c in name.chars() {
        if !is_between(c) {
            plain.extend(c.to_lowercase());
        } else if !plain.ends_with('-') {
            plain.push('-');
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ecosystems_tell_how_a_package_is_found() {
        let presence = |name| Ecosystem::of_osv(name).presence();
        assert_eq!(presence("Debian:12"), Presence::Distribution);
        assert_eq!(
            presence("PyPI").part_of("python3.12-jinja2"),
            Some("jinja2")
        );
        assert_eq!(presence("PyPI").part_of("jinja2"), None);
        assert_eq!(presence("PyPI").part_of("pythonic-1"), None);
        assert_eq!(presence("CRAN").part_of("r-curl"), Some("curl"));
        assert_eq!(presence("crates.io").part_of("ripgrep"), None);
        assert_eq!(presence("an ecosystem of 2040"), Presence::Inside);
        assert_eq!(Ecosystem::of_url("nix").presence(), Presence::Nixpkgs);
    }

    #[test]
    fn a_name_has_one_form() {
        assert_eq!(plain("Ruamel.YAML"), plain("ruamel_yaml"));
        assert_eq!(plain("a--b"), "a-b");
        assert_ne!(plain("a"), plain("b"));
    }
}
