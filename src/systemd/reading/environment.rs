//! `Environment=`, `PassEnvironment=` and `UnsetEnvironment=`.

use super::{Reading, c_word, literal_word, unknown_specifier, words};
use crate::service::is_assignable;
use crate::systemd::Specifiers;
use crate::systemd::words::Escapes;

pub(super) fn assignments(value: &str, specifiers: &Specifiers) -> Reading {
    let is_fit = |word: &str| {
        word.split_once('=')
            .is_some_and(|(name, _)| is_assignable(name))
    };
    entries(value, Escapes::C, specifiers, is_fit, c_word)
}

pub(super) fn unset(value: &str, specifiers: &Specifiers) -> Reading {
    let is_fit = |word: &str| is_assignable(word.split_once('=').map_or(word, |(name, _)| name));
    entries(value, Escapes::C, specifiers, is_fit, c_word)
}

pub(super) fn names(value: &str, specifiers: &Specifiers) -> Reading {
    entries(
        value,
        Escapes::Literal,
        specifiers,
        is_assignable,
        literal_word,
    )
}

fn entries(
    value: &str,
    escapes: Escapes,
    specifiers: &Specifiers,
    is_fit: impl Fn(&str) -> bool,
    write: impl Fn(&str) -> String,
) -> Reading {
    let mut ignored = Vec::new();
    let mut entries = Vec::new();
    for word in words(value, escapes, &mut ignored) {
        match specifiers.expand(&word) {
            // Invalid UTF-8 (`\xff`) is not a value.
            Ok(word) if is_fit(&word) && !word.contains(char::REPLACEMENT_CHARACTER) => {
                entries.push(write(&word));
            }
            Ok(word) => ignored.push(format!("{word:?} is not a variable")),
            Err(unknown) => ignored.push(format!("{word:?}: {}", unknown_specifier(unknown))),
        }
    }
    Reading::list(&entries, " ", ignored)
}

#[cfg(test)]
mod tests {
    use crate::systemd::reading::tests::become_;

    #[test]
    fn specifiers_are_expanded_after_words_are_unescaped() -> anyhow::Result<()> {
        for (setting, value, expected, ignored) in [
            (
                "Environment",
                r#"A=%i "B=%I %%" C=\x25p"#,
                r#""A=c-d\\x20e" "B=c/d e %%" C=a-b"#,
                0,
            ),
            ("Environment", "A-B=1 C=2 D %z=1 E=%z", "C=2", 4),
            ("Environment", r"A=1 B=\q C=1", "A=1", 1),
            ("Environment", r"A-B=1", "-", 1),
            ("Environment", r"A=\xff B=%H", "B=%H", 1),
            ("PassEnvironment", r"A %j B-C", "A b", 1),
            ("UnsetEnvironment", "A B=%j 1", "A B=b", 1),
        ] {
            let expected = (expected.to_owned(), ignored);
            assert_eq!(become_(setting, value)?, expected, "{setting}={value}");
        }
        Ok(())
    }
}
