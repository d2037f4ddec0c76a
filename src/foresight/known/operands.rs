//! Arguments as most programs take them (getopt(3)): options begin with a dash, all else are operands.

use super::{Effect, Invocation, Use};

/// The options of a program that take the next word as their value.
#[derive(Clone, Copy, Default)]
pub(super) struct Values {
    /// Short ones, which may be the last of several in a word.
    pub letters: &'static str,
    /// Long ones, without dashes.
    pub long: &'static [&'static str],
}

/// No option takes the next word.
pub(super) const NONE: Values = Values {
    letters: "",
    long: &[],
};

/// The options of which the text is known.
pub(super) fn options(arguments: &[Option<String>]) -> Vec<&str> {
    let known = arguments.iter().flatten().map(String::as_str);
    known.filter(|word| is_option(word)).collect()
}

/// What is neither an option nor the value of one; an argument of which nothing is known counts as such.
pub(super) fn operands(arguments: &[Option<String>], values: Values) -> Vec<Option<&str>> {
    let mut operands = Vec::new();
    let mut words = arguments.iter().map(Option::as_deref);
    while let Some(word) = words.next() {
        match word {
            Some("--") => operands.extend(words.by_ref()),
            Some(option) if is_option(option) => {
                if values.takes_next(option) {
                    words.next();
                }
            }
            word => operands.push(word),
        }
    }
    operands
}

/// Has this done to those operands whose absolute path is known.
pub(super) fn files(invocation: &Invocation, operands: &[Option<&str>], how: Use) -> Vec<Effect> {
    let known = operands.iter().copied().flatten();
    known
        .filter(|word| !word.is_empty() && *word != "-")
        .filter_map(|path| invocation.around.absolute(path))
        .map(|path| Effect::file(path, how))
        .collect()
}

/// The copies that are made of sources, if it is known where to: a directory has a slash behind it.
pub(super) fn copies(
    invocation: &Invocation,
    sources: &[Option<&str>],
    target: Option<&str>,
) -> Vec<Effect> {
    let Some(to) = target.and_then(|target| invocation.around.absolute(target)) else {
        return Vec::new();
    };
    let known = sources.iter().copied().flatten();
    known
        .filter_map(|source| invocation.around.absolute(source))
        .map(|from| Effect::Copies {
            from,
            to: to.clone(),
        })
        .collect()
}

/// Whether options ask for something by its letter or its long name.
pub(super) fn has(options: &[&str], letter: char, long: &str) -> bool {
    let asks =
        |option: &&str| *option == long || !option.starts_with("--") && option.contains(letter);
    options.iter().any(asks)
}

impl Values {
    fn takes_next(self, option: &str) -> bool {
        match option.strip_prefix("--") {
            Some(long) => self.long.contains(&long),
            // What follows a letter in the same word is its value.
            None => option
                .find(|letter| self.letters.contains(letter))
                .is_some_and(|at| at + 1 == option.len()),
        }
    }
}

fn is_option(word: &str) -> bool {
    word.starts_with('-') && word != "-"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_options_are_no_operands() {
        let values = Values {
            letters: "mt",
            long: &["mode"],
        };
        for (line, expected) in [
            ("-p a", "a"),
            ("-m 755 a b", "a b"),
            ("-pm 755 a", "a"),
            ("-m755 a", "a"),
            ("--mode 755 a", "a"),
            ("--mode=755 a", "a"),
            ("a -p -- -m b", "a -m b"),
            ("- a -m", "- a"),
        ] {
            let words: Vec<_> = line.split(' ').map(|word| Some(word.to_owned())).collect();
            let found: Vec<_> = operands(&words, values).into_iter().flatten().collect();
            assert_eq!(found.join(" "), expected, "{line}");
        }
    }
}
