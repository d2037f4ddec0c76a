//! Programs of which nothing is known: users that their options and configurations most likely tell them to change to.

use anyhow::Result;

use super::Step;
use crate::config::normal_key;
use crate::foresight::known::{Effect, Invocation, Name, Purpose};
use crate::foresight::trouble::Outlook;
use crate::inspect::Entry;

/// The names of such options, without dashes, and of such keys. Their words are joined by `_` here.
const USERS: [&str; 6] = [
    "chuid",
    "drop_user",
    "run_as",
    "run_as_user",
    "runas",
    "setuid",
];

const GROUPS: [&str; 3] = ["drop_group", "run_as_group", "setgid"];

/// The names of those that do so if both are given: a user alone may be anybody, as that of a database.
const PAIR: [&str; 2] = ["user", "group"];

impl Step<'_> {
    /// What a program that root starts most likely does because of an option that names a user.
    ///
    /// `place`: what runs it; `invocation`: how.
    pub(super) fn told_users(
        &self,
        place: &str,
        invocation: &Invocation,
        seen: &mut Outlook,
    ) -> Result<()> {
        if !self.sight.around.is_root() {
            return Ok(());
        }
        let words = invocation.words();
        let given = given(&words);
        for (at, name) in changed_to(&given) {
            let effect = becomes(name).told_by(given[at].0);
            self.effect(place, true, effect, seen)?;
        }
        Ok(())
    }

    /// The same because of what a configuration says.
    ///
    /// `place`: where an entry is, in messages.
    pub(super) fn configured_users(
        &self,
        entries: &[Entry],
        place: impl Fn(&Entry) -> String,
        seen: &mut Outlook,
    ) -> Result<()> {
        if !self.sight.around.is_root() {
            return Ok(());
        }
        for section in entries.chunk_by(|one, next| one.within == next.within) {
            let given = section.iter().map(|entry| match entry.values.as_slice() {
                [value] => (entry.key.as_str(), value.as_str()),
                _ => (entry.key.as_str(), ""),
            });
            let given: Vec<_> = given.collect();
            for (at, name) in changed_to(&given) {
                self.effect(&place(&section[at]), true, becomes(name), seen)?;
            }
        }
        Ok(())
    }
}

fn becomes(name: Name) -> Effect {
    Effect::LooksUp {
        name,
        purpose: Purpose::Become,
        is_certain: false,
    }
}

/// Whom a program most likely changes to because of these options or keys with their values, each with its index.
fn changed_to(given: &[(&str, &str)]) -> Vec<(usize, Name)> {
    let names: Vec<_> = given.iter().map(|(name, _)| normal_key(name)).collect();
    let is_pair = PAIR.iter().all(|name| names.iter().any(|it| it == name));
    let mut all = Vec::new();
    for (at, (name, (_, value))) in names.iter().zip(given).enumerate() {
        let name = name.as_str();
        let (user, group) = value.split_once(':').unwrap_or((value, ""));
        let is_paired = is_pair && PAIR.contains(&name);
        let found = if USERS.contains(&name) || is_paired && name == PAIR[0] {
            [Name::user(user), Name::group(group)]
        } else if GROUPS.contains(&name) || is_paired {
            [Name::group(value), None]
        } else {
            continue;
        };
        all.extend(found.into_iter().flatten().map(|name| (at, name)));
    }
    all
}

/// The options of words, without dashes, with what is most likely their value.
fn given(words: &[Option<String>]) -> Vec<(&str, &str)> {
    let next = words.iter().skip(1).map(Option::as_deref).chain([None]);
    let pairs = words.iter().map(Option::as_deref).zip(next);
    let given = pairs.filter_map(|(word, next)| {
        let option = word?.strip_prefix('-')?.trim_start_matches('-');
        option
            .split_once('=')
            .or_else(|| Some((option, next?)))
            .filter(|(_, value)| !value.contains('/'))
    });
    given.collect()
}

#[cfg(test)]
mod tests {
    use super::given;

    #[test]
    fn options_have_the_next_word_as_their_value() {
        let words = ["-d", "--runas=a:b", "-user", "c", "--group", "/x"];
        let words = words.map(|word| Some(word.to_owned()));
        assert_eq!(
            given(&words),
            [("d", "--runas=a:b"), ("runas", "a:b"), ("user", "c")]
        );
    }
}
