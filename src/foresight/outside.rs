//! Store paths that are named and not seen.

use std::collections::BTreeMap;

use super::sight::Sight;
use super::trouble::{Outlook, Trouble};
use crate::code::Code;
use crate::service::Origin;

impl Sight<'_> {
    /// Notes what is asked for and not seen, because the string that names it does not have it in its context.
    pub(super) fn mentions(&self, seen: &mut Outlook) {
        for mention in &self.confined.service.mentions {
            if matches!(
                mention.origin,
                Origin::Package(_) | Origin::Path(_) | Origin::Preset(_)
            ) {
                let place = seen.named.entry(mention.path.to_string());
                place.or_insert_with(|| mention.origin.option());
            }
        }
    }

    /// What comes of store paths that are named, and where.
    pub(super) fn outside(&self, named: BTreeMap<String, String>) -> Vec<Trouble> {
        let trouble = |(path, place): (String, String)| {
            let base = path.rsplit('/').next();
            let name = base.and_then(|base| base.get(33..)).unwrap_or(&path);
            let why = if self.is_bare(&path) {
                " without context"
            } else {
                ""
            };
            let message = format!("{place} names {path}{why}, which the service does not see");
            Trouble::new(Code::PathOutsideClosure, name, message)
                .uncertain_if(true)
                .fixed_by(self.take_in(&path))
        };
        named.into_iter().map(trouble).collect()
    }
}
