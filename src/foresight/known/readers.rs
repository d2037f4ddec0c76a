//! Programs that fail where one of the files they are given is missing.

use super::operands::{files, operands};
use super::{Effect, Invocation, Knower, Use};

pub(super) struct Readers;

impl Knower for Readers {
    fn knows(&self, name: &str) -> bool {
        matches!(
            name,
            "base64"
                | "cat"
                | "head"
                | "ls"
                | "md5sum"
                | "nl"
                | "od"
                | "sha256sum"
                | "sort"
                | "tac"
                | "tail"
                | "wc"
        )
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        files(&operands(invocation.arguments), Use::Reads)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    #[test]
    fn every_operand_is_read() {
        let read = [file("/a", Use::Reads), file("/c", Use::Reads)];
        assert_eq!(effects("cat", "-n /a ? b /c"), read);
    }
}
