//! Classes of files that a view can leave out.

use std::collections::BTreeSet;
use std::str::FromStr;

use anyhow::{Error, bail};
use serde::{Deserialize, Serialize};

use crate::text::closest;

/// A class of files that few services need when they run. The classes are in the order of their names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HideClass {
    /// Documentation.
    Docs,
    /// What compilers need of libraries.
    Headers,
    /// Interpreters that nothing calls.
    Interpreters,
    /// Translations.
    Locales,
    /// Other executables that nothing calls.
    Programs,
    /// Libraries for linking.
    StaticLibraries,
    /// Executables that no run of the service touched. It is hidden by [`super::Confinement::hide_unobserved`] alone, because it
    /// needs a record and has a date.
    Unobserved,
}

/// What a service hides.
pub type Hide = BTreeSet<HideClass>;

/// Whether a view that leaves out these classes may lack the program at /bin/sh.
pub fn may_hide_shell(hide: &Hide) -> bool {
    let classes = [HideClass::Interpreters, HideClass::Unobserved];
    classes.iter().any(|class| hide.contains(class))
}

/// What a class contains.
struct Means {
    name: &'static str,
    what: &'static str,
    patterns: &'static [&'static str],
}

impl HideClass {
    /// Every class that a configuration can name.
    pub const ALL: [Self; 6] = [
        Self::Docs,
        Self::Headers,
        Self::Interpreters,
        Self::Locales,
        Self::Programs,
        Self::StaticLibraries,
    ];

    /// Its name in configurations.
    pub fn name(self) -> &'static str {
        self.means().name
    }

    /// What it contains, in a few words.
    pub fn what(self) -> &'static str {
        self.means().what
    }

    /// Where its files are, below a store path: `*` is part of a name, `**` any directories. A directory with no other files belongs
    /// to it too. Empty if its files depend on what calls them.
    pub fn patterns(self) -> &'static [&'static str] {
        self.means().patterns
    }

    /// Whether its files are executables that a bundle lists by closure: those that nothing in it can call, or that no run touched.
    pub fn is_by_calls(self) -> bool {
        self.patterns().is_empty()
    }

    fn means(self) -> Means {
        match self {
            Self::Docs => Means {
                name: "docs",
                what: "manuals and other documentation",
                patterns: &[
                    "share/devhelp/**",
                    "share/doc/**",
                    "share/gtk-doc/**",
                    "share/help/**",
                    "share/info/**",
                    "share/man/**",
                    "share/ri/**",
                ],
            },
            Self::Headers => Means {
                name: "headers",
                what: "headers, and descriptions of libraries for pkg-config, CMake and Autoconf",
                // Only by suffix: some PHP applications have their code in include/.
                patterns: &[
                    "include/**/*.h",
                    "include/**/*.hh",
                    "include/**/*.hpp",
                    "include/**/*.hxx",
                    "include/**/*.inl",
                    "include/**/*.ipp",
                    "include/**/*.tcc",
                    "include/c++/**",
                    "lib/cmake/**",
                    "lib/pkgconfig/**",
                    "share/aclocal/**",
                    "share/pkgconfig/**",
                ],
            },
            Self::Interpreters => Means {
                name: "interpreters",
                what: "shells and programs that run a language, if nothing calls them",
                patterns: &[],
            },
            Self::Locales => Means {
                name: "locales",
                what: "translations of messages, and the sources of locales",
                // Not lib/locale: without its locale, a program can't even read UTF-8.
                patterns: &["share/i18n/**", "share/locale/**"],
            },
            Self::Programs => Means {
                name: "programs",
                what: "other executables, if nothing calls them",
                patterns: &[],
            },
            Self::StaticLibraries => Means {
                name: "static-libraries",
                what: "static libraries, and libtool's descriptions of libraries",
                // In other directories, libtool's files describe modules that programs load.
                patterns: &["lib/**/*.a", "lib/lib*.la"],
            },
            Self::Unobserved => Means {
                name: "unobserved",
                what: "executables that no record of a run has",
                patterns: &[],
            },
        }
    }
}

impl FromStr for HideClass {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let known = Self::ALL.map(Self::name);
        let found = Self::ALL.into_iter().find(|class| class.name() == name);
        match (found, closest(name, known)) {
            (Some(class), _) => Ok(class),
            (None, Some(meant)) => {
                bail!("{name:?} is not a class of files to hide; did you mean {meant:?}?")
            }
            (None, None) => bail!(
                "{name:?} is not a class of files to hide: expected one of {}",
                known.join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_sorted_by_the_names_that_json_has() -> anyhow::Result<()> {
        assert!(HideClass::ALL.is_sorted_by_key(|class| class.name()));
        for class in HideClass::ALL {
            assert_eq!(serde_json::to_value(class)?, class.name());
            assert_eq!(class.name().parse::<HideClass>()?, class);
        }
        assert!("doc".parse::<HideClass>().is_err());
        Ok(())
    }
}
