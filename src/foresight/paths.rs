//! Store paths that are named and not seen.

use super::Seer;
use crate::change::{Change, Package};
use crate::code::Code;
use crate::finding::Remedy;
use crate::service::Origin;
use crate::store::mentions;

impl Seer<'_> {
    /// Notes the store paths in a text that are not in the closure.
    pub(super) fn store_paths(&mut self, place: &str, text: &str) {
        let dir = self.inside().store_dir();
        for mention in mentions(text, dir) {
            // A sentence may end behind the name.
            let name = mention.name.trim_end_matches('.');
            let base = format!("{}-{name}", mention.hash);
            let path = format!("{dir}/{base}", dir = dir.as_str());
            if !self
                .subject
                .closure
                .paths
                .iter()
                .any(|path| path.hash() == mention.hash)
            {
                self.named.entry(path).or_insert_with(|| place.to_owned());
            }
        }
    }

    /// Notes what is asked for and not seen, because the string that names it does not have it in its context.
    pub(super) fn mentions(&mut self) {
        for mention in &self.subject.service.mentions {
            if matches!(
                mention.origin,
                Origin::Package(_) | Origin::Path(_) | Origin::Preset(_)
            ) {
                self.named
                    .entry(mention.path.to_string())
                    .or_insert_with(|| mention.origin.option());
            }
        }
    }

    /// Whether a string names this path, or one below it, without having it in its context.
    pub(super) fn is_bare(&self, path: &str) -> bool {
        let Some(owner) = self.inside().store_dir().owner(path) else {
            return false;
        };
        let mut mentions = self.subject.service.mentions.iter();
        mentions.any(|mention| mention.path.hash() == owner.hash())
    }

    /// What takes in a store path.
    pub(super) fn take_in(&self, path: &str) -> Vec<Remedy> {
        let package = Package {
            attribute: None,
            path: Some(path.to_owned()),
        };
        self.fix("to take it in", path, &[Change::Packages(vec![package])])
    }

    pub(super) fn outside(&mut self) {
        for (path, place) in std::mem::take(&mut self.named) {
            let name = path
                .rsplit('/')
                .next()
                .and_then(|base| base.get(33..))
                .unwrap_or(&path)
                .to_owned();
            let remedies = self.take_in(&path);
            let why = if self.is_bare(&path) {
                " without context"
            } else {
                ""
            };
            self.say(
                Code::PathOutsideClosure,
                true,
                &name,
                format!("{place} names {path}{why}, which the service does not see"),
                remedies,
            );
        }
    }
}
