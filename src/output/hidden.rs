//! The result of `confinix why --hidden`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use globset::{GlobBuilder, GlobMatcher};
use serde::Serialize;

use crate::bundle::{Bundle, stays};
use crate::service::{HideClass, UnitName};
use crate::store::{StoreFiles, StorePath, below};

/// The files that a service's view leaves out and that match a pattern.
#[derive(Serialize)]
pub struct HiddenFiles<'a> {
    /// The service.
    pub service: &'a UnitName,
    /// The pattern, as it was written.
    pub pattern: &'a str,
    /// What is left out, by store path.
    pub hidden: Vec<HiddenFile<'a>>,
    /// The executables that match and stay because something calls them, if the view leaves out others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stays: Vec<StayingFile>,
    /// The programs because of which all executables stay, each with the reason.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub untold: &'a BTreeMap<String, String>,
}

/// An executable that stays.
#[derive(Serialize)]
pub struct StayingFile {
    /// The store path.
    pub path: StorePath,
    /// The path below it.
    pub file: String,
    /// Why it stays, as a sentence without its full stop.
    pub reason: String,
}

/// A file, or a directory with all that is in it.
#[derive(Serialize)]
pub struct HiddenFile<'a> {
    /// The store path.
    pub path: &'a StorePath,
    /// The path below it.
    pub file: &'a str,
    /// The class that contains it.
    pub class: HideClass,
}

impl<'a> HiddenFiles<'a> {
    /// Finds what the view of a service leaves out. The error explains what is wrong with the pattern.
    pub fn find(bundle: &'a Bundle, service: &'a UnitName, pattern: &'a str) -> Result<Self> {
        let matcher = Matcher::parse(pattern)?;
        let about = &bundle.services[service];
        let closure = &bundle.closures[&about.closure];
        let mut hidden = Vec::new();
        for path in &closure.paths {
            let lists = bundle.paths[path].hidden.iter();
            let lists = lists.chain(closure.hidden_of(path));
            for (class, list) in lists.filter(|(class, _)| about.hide.contains(class)) {
                let matching = list.iter().filter(|file| matcher.matches(file));
                hidden.extend(matching.map(|file| HiddenFile {
                    path,
                    file,
                    class: *class,
                }));
            }
        }
        Ok(Self {
            service,
            pattern,
            hidden,
            stays: Vec::new(),
            untold: &closure.untold,
        })
    }

    /// Adds the executables that match and stay, if the view leaves out those that nothing calls.
    pub fn with_those_that_stay(mut self, bundle: &Bundle, files: &dyn StoreFiles) -> Result<Self> {
        let about = &bundle.services[self.service];
        let is_told = self.untold.is_empty();
        if !is_told || !about.hide.iter().any(|class| class.is_by_calls()) {
            return Ok(self);
        }
        let matcher = Matcher::parse(self.pattern)?;
        let stays = stays(bundle, about, files)?.into_iter();
        let matching = stays.filter(|executable| matcher.matches(&executable.below));
        self.stays = matching
            .map(|executable| StayingFile {
                path: executable.path,
                file: executable.below,
                reason: executable.why,
            })
            .collect();
        Ok(self)
    }

    /// Whether nothing matches.
    pub fn is_empty(&self) -> bool {
        self.hidden.is_empty()
    }
}

enum Matcher<'a> {
    Part(&'a str),
    Glob(GlobMatcher),
}

impl<'a> Matcher<'a> {
    fn parse(pattern: &'a str) -> Result<Self> {
        if !pattern.contains(['*', '?', '[', '{']) {
            return Ok(Self::Part(pattern));
        }
        let glob = GlobBuilder::new(pattern)
            .literal_separator(true)
            .backslash_escape(false)
            .build()
            .with_context(|| format!("{pattern:?} is not a glob"))?;
        Ok(Self::Glob(glob.compile_matcher()))
    }

    /// A directory that is left out also explains the files in it.
    fn matches(&self, file: &str) -> bool {
        match self {
            Self::Part(part) => file.contains(part) || below(part, file).is_some(),
            Self::Glob(glob) => glob.is_match(file),
        }
    }
}
