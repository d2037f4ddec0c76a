//! Command lines that a language takes apart itself.

use crate::foresight::known::Started;

/// A command line, which is run without a shell if that is not needed.
pub(super) fn split(text: &str) -> Started {
    let is_plain = !text.contains([
        '|', '&', ';', '<', '>', '*', '?', '`', '"', '\'', '(', '~', '=',
    ]);
    let mut words = text.split_whitespace();
    match words.next() {
        Some(first) if is_plain && !first.contains('$') => {
            let known = |word: &str| (!word.contains('$')).then(|| word.to_owned());
            Started::new(first, words.map(known).collect())
        }
        _ => Started::by_shell(Some(text.to_owned())),
    }
}

/// `open(F, "-|", "ls", "-l")` and `open(F, "ls |")` of Perl.
pub(super) fn opened_program(words: &[Option<&str>]) -> Option<Started> {
    match words {
        [_, Some("-|" | "|-"), Some(text)] => Some(split(text)),
        [_, Some("-|" | "|-"), Some(word), rest @ ..] => {
            let rest = rest.iter().map(|word| word.map(str::to_owned));
            Some(Started::new(*word, rest.collect()))
        }
        [_, Some(text)] => {
            let text = text.strip_prefix('|').or_else(|| text.strip_suffix('|'))?;
            Some(split(text.trim()))
        }
        _ => None,
    }
}
