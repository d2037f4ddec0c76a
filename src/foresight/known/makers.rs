//! mkdir, mkfifo, mktemp and touch, which make what they are given.

use super::operands::{Values, files, has, operands, options};
use super::{Effect, Invocation, Knower, Use};
use crate::inspect::Variable;

pub(super) struct Makers;

const OF_MKDIR: Values = Values {
    letters: "m",
    long: &["mode"],
};

const OF_TOUCH: Values = Values {
    letters: "drt",
    long: &["date", "reference", "time"],
};

const OF_MKTEMP: Values = Values {
    letters: "p",
    long: &["suffix"],
};

impl Knower for Makers {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "mkdir" | "mkfifo" | "mktemp" | "touch")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let arguments = invocation.arguments;
        if invocation.name == "mktemp" {
            return temporary(invocation).into_iter().collect();
        }
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

/// What mktemp makes, if it is known where.
fn temporary(invocation: &Invocation) -> Option<Effect> {
    let arguments = invocation.arguments;
    let given = options(arguments);
    let is_dry = has(&given, 'u', "--dry-run");
    if is_dry || arguments.iter().any(Option::is_none) {
        return None;
    }
    let short = arguments
        .iter()
        .position(|word| word.as_deref() == Some("-p"));
    let short = short.and_then(|at| arguments.get(at + 1)?.as_deref());
    let long = given.iter().find_map(|it| it.strip_prefix("--tmpdir="));
    let template = operands(arguments, OF_MKTEMP).into_iter().flatten().next();
    let is_below = template.is_none() || has(&given, 't', "--tmpdir");
    let template = template.unwrap_or("tmp.XXXXXXXXXX");
    let dir = match (short.or(long), is_below) {
        (Some(dir), _) => Some(dir),
        (None, false) => None,
        (None, true) => match invocation.around.environment.variable("TMPDIR") {
            Variable::Known(dir) => Some(dir),
            Variable::Unset => Some("/tmp"),
            Variable::Unknown => return None,
        },
    };
    let below = |dir: &str| format!("{}/{template}", dir.trim_end_matches('/'));
    let path = dir.map_or_else(|| template.to_owned(), below);
    let path = invocation.around.absolute(&path)?;
    let how = if has(&given, 'd', "--directory") {
        Use::MakesDirectory(false)
    } else {
        Use::Makes
    };
    Some(Effect::file(path, how))
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

    #[test]
    fn temporary_files_are_made_where_it_is_told() {
        for (line, path) in [
            ("", "/tmp/tmp.XXXXXXXXXX"),
            ("/run/a.XXX", "/run/a.XXX"),
            ("-p /var/tmp", "/var/tmp/tmp.XXXXXXXXXX"),
            ("--tmpdir=/var/tmp a.XXX", "/var/tmp/a.XXX"),
            ("-t a.XXX", "/tmp/a.XXX"),
            ("a.XXX", "/a.XXX"),
        ] {
            assert_eq!(effects("mktemp", line), [file(path, Use::Makes)], "{line}");
        }
        let made = file("/tmp/tmp.XXXXXXXXXX", Use::MakesDirectory(false));
        assert_eq!(effects("mktemp", "-d"), [made]);
        assert_eq!(effects("mktemp", "-u"), []);
        assert_eq!(effects("mktemp", "-p ?"), []);
    }
}
