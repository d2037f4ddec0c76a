//! The limits that the policy sets.

use crate::config::{Date, Limit, PolicyRule};

/// A limit among the rules for a service, in the order of the file: the last one in force that is set, with its rule.
pub(super) fn limit<'a>(
    rules: impl DoubleEndedIterator<Item = &'a PolicyRule>,
    today: Date,
    of: fn(&PolicyRule) -> Option<&Limit>,
) -> Option<(&'a PolicyRule, &'a Limit)> {
    rules
        .rev()
        .filter(|rule| !rule.note.has_expired(today))
        .find_map(|rule| Some((rule, of(rule)?)))
}
