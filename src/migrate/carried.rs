//! Lines of a block that a new one keeps.

use super::decision::{Decision, Entry, REHEARSED};
use super::file::Form;

/// What is written instead of `old`, which nobody edited, if `new` is decided now.
///
/// Only a rehearsal replaces what a rehearsal found out. In Nix, the block may be part of the configuration that was looked at: then what it
/// sets is no longer found, and so it is kept, unless some of it is found again.
pub fn carried(old: &Decision, new: Decision, form: Form, is_rehearsed: bool) -> Decision {
    let (before, entries, unresolved) = match (old, new) {
        (Decision::Out { reason, .. }, _) if !is_rehearsed && reason.starts_with(REHEARSED) => {
            return old.clone();
        }
        (
            Decision::Confined {
                entries: before, ..
            },
            Decision::Confined {
                entries,
                unresolved,
            },
        ) => (before, entries, unresolved),
        (_, new) => return new,
    };
    let has =
        |list: &[Entry], entry: &Entry| list.iter().any(|other| entry.line.is_same(&other.line));
    let may_be_in_effect = form == Form::Nix && !before.iter().any(|entry| has(&entries, entry));
    let is_kept = |entry: &&Entry| {
        let is_from_rehearsal = entry
            .reasons
            .iter()
            .any(|reason| reason.starts_with(REHEARSED));
        !has(&entries, entry) && (may_be_in_effect || is_from_rehearsal && !is_rehearsed)
    };
    let kept: Vec<Entry> = before.iter().filter(is_kept).cloned().collect();
    Decision::Confined {
        entries: [kept, entries].concat(),
        unresolved,
    }
    .ordered()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::Line;

    fn entry(option: &str, value: &str, reason: &str) -> Entry {
        Entry {
            line: Line {
                option: option.to_owned(),
                value: value.to_owned(),
                is_entry: true,
            },
            reasons: vec![reason.to_owned()],
            evidence: Vec::new(),
        }
    }

    fn confined(entries: &[&Entry]) -> Decision {
        Decision::Confined {
            entries: entries.iter().map(|entry| (*entry).clone()).collect(),
            unresolved: Vec::new(),
        }
    }

    #[test]
    fn what_is_in_effect_is_kept_and_what_is_found_again_replaces_it() {
        let (a, b) = (entry("presets", "a", "x"), entry("presets", "b", "x"));
        let c = entry("presets", "c", "x");
        let carry = |old: &[&Entry], new: &[&Entry], form| {
            carried(&confined(old), confined(new), form, false)
        };
        assert_eq!(carry(&[&a, &b], &[], Form::Nix), confined(&[&a, &b]));
        assert_eq!(carry(&[&a, &b], &[&c], Form::Nix), confined(&[&a, &b, &c]));
        assert_eq!(carry(&[&a, &b], &[&b, &c], Form::Nix), confined(&[&b, &c]));
        assert_eq!(carry(&[&a, &b], &[&c], Form::Toml), confined(&[&c]));
    }

    #[test]
    fn only_a_rehearsal_replaces_what_one_found() {
        let found = entry("presets", "a", "rehearsed: it reads /a");
        let read = entry("presets", "b", "file-missing: it reads /b");
        let old = confined(&[&found]);
        let kept = confined(&[&found, &read]);
        assert_eq!(carried(&old, confined(&[&read]), Form::Toml, false), kept);
        assert_eq!(
            carried(&old, confined(&[&read]), Form::Toml, true),
            confined(&[&read])
        );
        let out = Decision::out("rehearsed: it fails");
        assert_eq!(carried(&out, confined(&[]), Form::Toml, false), out);
        assert_eq!(
            carried(&out, confined(&[]), Form::Toml, true),
            confined(&[])
        );
    }
}
