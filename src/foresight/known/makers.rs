//! mkdir and touch, which make what they are given.

use super::operands::{files, has, operands, options};
use super::{Effect, Invocation, Knower, Use};

pub(super) struct Makers;

impl Knower for Makers {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "mkdir" | "touch")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let arguments = invocation.arguments;
        let how = if invocation.name == "mkdir" {
            Use::MakesDirectory(has(&options(arguments), 'p', "--parents"))
        } else {
            Use::Makes
        };
        files(&operands(arguments), how)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    #[test]
    fn files_and_directories_are_made() {
        let made = |parents| [file("/a", Use::MakesDirectory(parents))];
        assert_eq!(effects("mkdir", "-m 755 -p /a"), made(true));
        assert_eq!(effects("mkdir", "--mode=755 /a"), made(false));
        assert_eq!(effects("touch", "/a"), [file("/a", Use::Makes)]);
    }
}
