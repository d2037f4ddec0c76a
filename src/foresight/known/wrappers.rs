//! Programs that start the one that their arguments name.

use super::{Effect, Invocation, Knower, Started};

pub(super) struct Wrappers;

impl Knower for Wrappers {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "env" | "nice" | "nohup" | "setsid" | "timeout")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let started = started(invocation.name, invocation.arguments);
        started.into_iter().map(Effect::Starts).collect()
    }
}

/// The program that is started, as far as that is sure.
fn started(name: &str, arguments: &[Option<String>]) -> Option<Started> {
    let is_assignment = |word: &str| name == "env" && (word.contains('=') || word == "-i");
    let mut rest = arguments;
    if name == "timeout" {
        rest = rest.get(1..)?;
    }
    loop {
        let (first, more) = rest.split_first()?;
        let first = first.as_deref()?;
        if !is_assignment(first) {
            let is_known = !first.starts_with('-') && !arguments[0].as_ref()?.starts_with("--");
            return is_known.then(|| Started {
                word: first.to_owned(),
                arguments: more.to_vec(),
                is_certain: true,
                search: None,
            });
        }
        // It may say where the program is looked for.
        if first.starts_with("PATH=") || first == "-i" {
            return None;
        }
        rest = more;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::effects;
    use super::*;

    #[test]
    fn programs_start_programs() {
        let of = |name, line| match effects(name, line).as_slice() {
            [Effect::Starts(started)] => Some((started.word.clone(), started.arguments.len())),
            _ => None,
        };
        let is = |word: &str, count| Some((word.to_owned(), count));
        assert_eq!(of("env", "A=b web -x"), is("web", 1));
        assert_eq!(of("timeout", "5 web"), is("web", 0));
        assert_eq!(of("nice", "-n 5 web"), None);
        assert_eq!(of("env", "PATH=/a web"), None);
        assert_eq!(of("env", "? web"), None);
        assert_eq!(of("web", "cat"), None);
        assert_eq!(of("timeout", ""), None);
    }
}
