//! Calls that give files to users and groups by name.

use super::calls::Call;
use super::table::Spoken;
use crate::foresight::known::{Effect, Name};
use crate::inspect::{Language, Token};

/// The users and groups that a call looks up. Whether it comes to be called is not known.
pub(super) fn effects(spoken: &Spoken, call: &Call) -> Vec<Effect> {
    let words = call.words(spoken);
    let word = |at: usize| words.get(at).copied().flatten();
    let (user, group) = match (spoken.language, call.name) {
        (Language::Python, "shutil.chown") => (
            keyword(call, "user").or_else(|| word(1)),
            keyword(call, "group").or_else(|| word(2)),
        ),
        (Language::Php, "chown" | "lchown") => (word(1), None),
        (Language::Php, "chgrp" | "lchgrp") => (None, word(1)),
        (Language::Ruby, "FileUtils.chown" | "FileUtils.chown_R") => (word(0), word(1)),
        _ => return Vec::new(),
    };
    let names = [user.and_then(Name::user), group.and_then(Name::group)];
    let given = names.into_iter().flatten().map(Effect::gives);
    given.map(Effect::perhaps).collect()
}

/// The text that an argument of this name is.
fn keyword<'c>(call: &'c Call, name: &str) -> Option<&'c str> {
    let mut all = call.arguments.windows(3);
    all.find_map(|window| {
        let [key, mark, value] = window else {
            return None;
        };
        match (&key.token, &mark.token, &value.token) {
            (Token::Name(key), Token::Mark('='), Token::Text(text)) if key == name => {
                Some(text.as_str())
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::reading;
    use super::*;

    #[test]
    fn owners_are_looked_up() -> Result<(), String> {
        let user = Effect::gives(Name::User("web".into())).perhaps();
        let group = Effect::gives(Name::Group("www".into())).perhaps();
        for (program, text, expected) in [
            (
                "python3",
                "shutil.chown(p, 'web', 'www')",
                vec![user.clone(), group.clone()],
            ),
            (
                "python3",
                "shutil.chown(p, group='www')",
                vec![group.clone()],
            ),
            ("python3", "shutil.chown(p, user)", vec![]),
            (
                "php",
                "<?php chown($f, 'web'); chgrp($f, 'www');",
                vec![user.clone(), group.clone()],
            ),
            ("ruby", "FileUtils.chown_R 'web', 'www', dir", vec![]),
            (
                "ruby",
                "FileUtils.chown('web', 'www', dir)",
                vec![user, group],
            ),
        ] {
            assert_eq!(reading(program, "/s", text)?.effects, expected, "{text}");
        }
        Ok(())
    }
}
