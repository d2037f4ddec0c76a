//! Limits that the policy sets.

use crate::config::{Limit, PolicyRule};
use crate::date::Date;

/// Returns the limit that applies, and its rule: the last one in force that sets it. `rules` are in the order of the file.
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
