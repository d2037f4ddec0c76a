//! Arguments as most programs take them (getopt(3)): options begin with a dash, all else are operands.

use super::{Effect, Use};

/// The options of which the text is known.
pub(super) fn options(arguments: &[Option<String>]) -> Vec<&str> {
    let known = arguments.iter().flatten().map(String::as_str);
    known.filter(|word| is_option(word)).collect()
}

/// What is no option; one of which nothing is known counts as such.
pub(super) fn operands(arguments: &[Option<String>]) -> Vec<Option<&str>> {
    let all = arguments.iter().map(Option::as_deref);
    all.filter(|word| !word.is_some_and(is_option)).collect()
}

/// Has this done to those operands that are absolute paths.
pub(super) fn files(operands: &[Option<&str>], how: Use) -> Vec<Effect> {
    let known = operands.iter().copied().flatten();
    known
        .filter(|path| path.starts_with('/'))
        .map(|path| Effect::file(path.to_owned(), how))
        .collect()
}

/// Whether options ask for something by its letter or its long name.
pub(super) fn has(options: &[&str], letter: char, long: &str) -> bool {
    let asks =
        |option: &&str| *option == long || !option.starts_with("--") && option.contains(letter);
    options.iter().any(asks)
}

fn is_option(word: &str) -> bool {
    word.starts_with('-') && word != "-"
}
