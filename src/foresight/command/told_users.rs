//! Programs of which nothing is known: users that their options most likely tell them to change to.

use anyhow::Result;

use super::Step;
use crate::foresight::known::{Effect, Invocation, Name, Purpose};
use crate::foresight::trouble::Outlook;

/// The names of such options, without dashes.
const USERS: [&str; 7] = [
    "chuid",
    "drop-user",
    "run-as",
    "run-as-user",
    "run_as",
    "runas",
    "setuid",
];

const GROUPS: [&str; 3] = ["drop-group", "run-as-group", "setgid"];

/// The names of options that do so if both are given: a user alone may be anybody, as that of a database.
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
        let is_pair = PAIR
            .iter()
            .all(|name| given.iter().any(|(it, _)| it == name));
        for (option, value) in given {
            let (user, group) = value.split_once(':').unwrap_or((value, ""));
            let is_paired = is_pair && PAIR.contains(&option);
            let names = if USERS.contains(&option) || is_paired && option == PAIR[0] {
                [Name::user(user), Name::group(group)]
            } else if GROUPS.contains(&option) || is_paired {
                [Name::group(value), None]
            } else {
                continue;
            };
            for name in names.into_iter().flatten() {
                let effect = Effect::LooksUp {
                    name,
                    purpose: Purpose::Become,
                    is_certain: false,
                };
                self.effect(place, true, effect.told_by(option), seen)?;
            }
        }
        Ok(())
    }
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
