//! mkdir, mkfifo and touch, which make what they are given.

use super::operands::{Values, files, has, operands, options};
use super::{Effect, Invocation, Knower, Use};

pub(super) struct Makers;

const OF_MKDIR: Values = Values {
    letters: "m",
    long: &["mode"],
};

const OF_TOUCH: Values = Values {
    letters: "drt",
    long: &["date", "reference", "time"],
};

impl Knower for Makers {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "mkdir" | "mkfifo" | "touch")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let arguments = invocation.arguments;
        let (how, values) = if invocation.name == "mkfifo" {
            (Use::Makes, OF_MKDIR)
        } else if invocation.name == "mkdir" {
            let parents = has(&options(arguments), 'p', "--parents");
            (Use::MakesDirectory(parents), OF_MKDIR)
        } else {
            (Use::Makes, OF_TOUCH)
        };
        files(invocation, &operands(arguments, values), how)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file};
    use super::*;

    #[test]
    fn files_and_directories_are_made() {
        let made = |parents| [file("/a", Use::MakesDirectory(parents))];
        assert_eq!(effects("mkdir", "-pm 755 ./a"), made(true));
        assert_eq!(effects("mkdir", "-m 755 -p /a"), made(true));
        assert_eq!(effects("mkdir", "--mode=755 /a"), made(false));
        assert_eq!(effects("touch", "/a"), [file("/a", Use::Makes)]);
        assert_eq!(effects("touch", "-d now a"), [file("/a", Use::Makes)]);
    }
}
