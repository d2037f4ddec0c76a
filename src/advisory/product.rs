//! One package of an advisory, and what the advisory says of its versions.

use packageurl::PackageUrl;

use super::Ecosystem;
use super::versions::Versions;

/// A package that an advisory is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// What it is called.
    pub named: Named,
    /// The versions that are affected.
    pub affected: Vec<Versions>,
    /// The versions that are not, according to the advisory.
    pub unaffected: Vec<Versions>,
    /// Whether every other version is unaffected; otherwise nothing is known about them.
    pub is_complete: bool,
    /// Why its versions can't be compared with those of store paths, if that is so: half a sentence.
    pub incomparable: Option<&'static str>,
}

/// How an advisory names a package.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Named {
    /// The base name of a store path, or of the one that a file belongs to.
    Path(String),
    /// By its name among packages of this kind.
    Package(Ecosystem, String),
}

/// What an advisory says of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is affected.
    Affected,
    /// It is not affected.
    Unaffected,
    /// It may be affected, for this reason: half a sentence.
    Unknown(&'static str),
}

impl Verdict {
    /// Why it is unknown; `None` if it is not.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Self::Unknown(reason) => Some(reason),
            Self::Affected | Self::Unaffected => None,
        }
    }
}

impl Product {
    /// A package of which nothing is known yet.
    pub fn new(named: Named) -> Self {
        let incomparable = match &named {
            Named::Path(_) => None,
            Named::Package(ecosystem, _) => ecosystem.incomparable(),
        };
        Self {
            named,
            affected: Vec::new(),
            unaffected: Vec::new(),
            is_complete: false,
            incomparable,
        }
    }

    /// The package of a package URL, with its version if it has one; `None` if it is not a package URL.
    pub fn of_url(url: &str) -> Option<(Named, Option<String>)> {
        let url: PackageUrl = url.parse().ok()?;
        let name = match (url.ty(), url.namespace()) {
            // `@angular/core`, `golang.org/x/net`: the namespace is part of the name.
            ("npm" | "golang" | "composer", Some(namespace)) => {
                format!("{namespace}/{}", url.name())
            }
            ("maven", Some(namespace)) => format!("{namespace}:{}", url.name()),
            _ => url.name().to_owned(),
        };
        let named = Named::Package(Ecosystem::of_url(url.ty()), name);
        Some((named, url.version().map(str::to_owned)))
    }

    /// What the advisory says of this version; an empty version is unknown.
    pub fn verdict(&self, version: &str) -> Verdict {
        let have = |all: &[Versions]| all.iter().any(|versions| versions.have(version));
        if self.affected.contains(&Versions::All) && self.unaffected.is_empty() {
            return Verdict::Affected;
        }
        if let Some(reason) = self.incomparable {
            return Verdict::Unknown(reason);
        }
        if self.affected.is_empty() && self.unaffected.is_empty() {
            return Verdict::Unknown("the advisory does not tell which versions are affected");
        }
        if !is_release(version) {
            return Verdict::Unknown("its store path has no version that can be compared");
        }
        if have(&self.affected) {
            Verdict::Affected
        } else if have(&self.unaffected) || self.is_complete {
            Verdict::Unaffected
        } else {
            Verdict::Unknown("the advisory does not mention this version")
        }
    }
}

/// Whether a version is that of a release. nixpkgs calls states without one `unstable-2024-01-01` or `0-unstable-2024-01-01`.
fn is_release(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_digit()) && !version.starts_with("0-unstable")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product() -> Product {
        let named = Named::Package(Ecosystem::of_url("generic"), "x".to_owned());
        Product {
            affected: vec![Versions::Exactly("1.0".to_owned())],
            unaffected: vec![Versions::Exactly("1.1".to_owned())],
            ..Product::new(named)
        }
    }

    #[test]
    fn only_what_is_told_is_known() {
        let verdict = |product: &Product, version| match product.verdict(version) {
            Verdict::Affected => "affected",
            Verdict::Unaffected => "unaffected",
            Verdict::Unknown(_) => "unknown",
        };
        let open = product();
        let told = ["1.0", "1.1", "1.2", "", "unstable-2024-01-01"];
        assert_eq!(
            told.map(|version| verdict(&open, version)),
            ["affected", "unaffected", "unknown", "unknown", "unknown"]
        );
        let complete = Product {
            is_complete: true,
            ..product()
        };
        assert_eq!(verdict(&complete, "1.2"), "unaffected");
        assert_eq!(verdict(&complete, "0-unstable-2024-01-01"), "unknown");
        let every = Product {
            affected: vec![Versions::All],
            ..Product::new(Named::Package(Ecosystem::of_url("deb"), "x".to_owned()))
        };
        assert_eq!(verdict(&every, ""), "affected");
    }

    #[test]
    fn a_package_url_names_a_package() {
        let of =
            |url| Product::of_url(url).map(|(named, version)| (named, version.unwrap_or_default()));
        let generic = Ecosystem::of_url("generic");
        assert_eq!(
            of("pkg:generic/openssl@3.0.13"),
            Some((Named::Package(generic, "openssl".into()), "3.0.13".into()))
        );
        assert_eq!(
            of("pkg:npm/%40angular/core"),
            Some((
                Named::Package(Ecosystem::of_url("npm"), "@angular/core".into()),
                String::new()
            ))
        );
        assert_eq!(of("openssl"), None);
    }
}
