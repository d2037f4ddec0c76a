//! Programs that do without the files that they name.

use super::operands::{NONE, files, operands};
use super::{Effect, Invocation, Knower, Use};

pub(super) struct Names;

impl Knower for Names {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "basename" | "dirname" | "killall" | "pkill" | "rm")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        files(
            invocation,
            &operands(invocation.arguments, NONE),
            Use::Names,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    #[test]
    fn operands_are_named() {
        assert_eq!(effects("rm", "-f /a"), [file("/a", Use::Names)]);
    }
}
