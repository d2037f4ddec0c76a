//! sed, which reads files, and with `-i` puts another in the place of each.

use super::operands::{Values, files, operands, options};
use super::{Effect, Invocation, Knower, Use};

pub(super) struct Sed;

const VALUES: Values = Values {
    letters: "efl",
    long: &["expression", "file", "line-length"],
};

impl Knower for Sed {
    fn knows(&self, name: &str) -> bool {
        name == "sed"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let options = options(invocation.arguments);
        let mut operands = operands(invocation.arguments, VALUES);
        let has_script = options.iter().any(|option| {
            let is_long = option.starts_with("--expression") || option.starts_with("--file");
            is_long || !option.starts_with("--") && letters(option).ends_with(['e', 'f'])
        });
        if !has_script && !operands.is_empty() {
            operands.remove(0);
        }
        let is_in_place = options.iter().any(|option| {
            option.starts_with("--in-place")
                || !option.starts_with("--") && letters(option).contains('i')
        });
        let how = if is_in_place {
            Use::Replaces
        } else {
            Use::Reads
        };
        files(invocation, &operands, how)
    }
}

/// The letters of short options in a word, up to the one that takes a value.
fn letters(word: &str) -> &str {
    let end = word.find(['e', 'f', 'l']);
    &word[..end.map_or(word.len(), |at| at + 1)]
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    #[test]
    fn files_are_changed_in_place() {
        assert_eq!(effects("sed", "-i s/a/b/ /a"), [file("/a", Use::Replaces)]);
        assert_eq!(effects("sed", "-ne s/i/b/ /a"), [file("/a", Use::Reads)]);
        assert_eq!(
            effects("sed", "-n -i.old -e p a"),
            [file("/a", Use::Replaces)]
        );
        assert_eq!(effects("sed", "s/a/b/"), []);
    }
}
