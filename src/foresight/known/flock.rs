//! flock, which makes its lock where it is not there yet.

use super::operands::{files, operands, options};
use super::{Effect, Invocation, Knower, Use};

/// Options that take a value.
const WITH_VALUE: [&str; 4] = ["-w", "--timeout", "-E", "--conflict-exit-code"];

pub(super) struct Flock;

impl Knower for Flock {
    fn knows(&self, name: &str) -> bool {
        name == "flock"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let options = options(invocation.arguments);
        match operands(invocation.arguments).as_slice() {
            [lock, ..] if !options.iter().any(|option| WITH_VALUE.contains(option)) => {
                files(&[*lock], Use::Makes)
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
    fn the_lock_is_made() {
        assert_eq!(effects("flock", "-n /a web"), [file("/a", Use::Makes)]);
        assert_eq!(effects("flock", "-w 5 /a web"), []);
    }
}
