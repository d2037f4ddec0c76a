//! cp, mv and ln, which make one file of another.

use super::operands::{Values, copies, files, operands, options};
use super::{Effect, Invocation, Knower, Use};

pub(super) struct Copies;

const VALUES: Values = Values {
    letters: "St",
    long: &["suffix", "target-directory"],
};

impl Knower for Copies {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "cp" | "ln" | "mv")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let operands = operands(invocation.arguments, VALUES);
        match (invocation.name, operands.as_slice()) {
            // A link may lead to what is not there.
            ("ln", [source, rest @ ..]) => {
                let mut all = files(invocation, &[*source], Use::Names);
                all.extend(files(invocation, rest, Use::Makes));
                all.extend(copies(
                    invocation,
                    &[*source],
                    rest.last().copied().flatten(),
                ));
                all
            }
            ("cp" | "mv", [sources @ .., target]) if !sources.is_empty() => {
                let options = options(invocation.arguments);
                let names_target =
                    |option: &&str| option.starts_with("-t") || option.starts_with("--target");
                let mut all = files(invocation, sources, Use::Reads);
                if !options.iter().any(names_target) {
                    all.extend(files(invocation, &[*target], Use::Makes));
                    all.extend(copies(invocation, sources, *target));
                }
                all
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
    fn one_file_is_made_of_another() {
        let (read, made) = (file("/a", Use::Reads), file("/b", Use::Makes));
        let copied = Effect::Copies {
            from: "/a".to_owned(),
            to: "/b".to_owned(),
        };
        assert_eq!(
            effects("cp", "-r /a b"),
            [read.clone(), made.clone(), copied.clone()]
        );
        assert_eq!(effects("cp", "/a ?"), [read]);
        assert_eq!(effects("cp", "/a"), []);
        let named = file("/a", Use::Names);
        assert_eq!(effects("ln", "-sf /a /b"), [named, made, copied]);
    }
}
