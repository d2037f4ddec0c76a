//! sed, which with `-i` puts another file in the place of each that it reads.

use super::operands::{files, operands, options};
use super::{Effect, Invocation, Knower, Use};

pub(super) struct Sed;

impl Knower for Sed {
    fn knows(&self, name: &str) -> bool {
        name == "sed"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let is_in_place = |option: &&str| {
            option.starts_with("--in-place") || !option.starts_with("--") && option.contains('i')
        };
        match operands(invocation.arguments).as_slice() {
            [_, changed @ ..] if options(invocation.arguments).iter().any(is_in_place) => {
                files(changed, Use::Replaces)
            }
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    #[test]
    fn files_are_changed_in_place() {
        assert_eq!(effects("sed", "-i s/a/b/ /a"), [file("/a", Use::Replaces)]);
        assert_eq!(effects("sed", "s/a/b/ /a"), []);
    }
}
