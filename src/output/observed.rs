//! What a service touched, in a few words.

use super::human::count;
use crate::observe::Observation;

/// As many files beyond the closure are named.
const MOST: usize = 8;

/// What a service touched, in a line.
pub fn observed(observation: &Observation) -> String {
    let paths = count(observation.closure_paths, "path");
    let and = if observation.incomplete {
        " (incomplete)"
    } else {
        ""
    };
    let touched = observation.touched_paths();
    let mut line = format!("opened {touched} of {paths} of its closure{and}");
    let all = &observation.beyond;
    let mut beyond: Vec<_> = all
        .iter()
        .take(MOST)
        .map(|(path, is_executed)| {
            let how = if is_executed { "executed" } else { "opened" };
            format!("{path} ({how})")
        })
        .collect();
    let more = all.iter().count().saturating_sub(MOST);
    if more > 0 {
        beyond.push(format!(
            "{} (--format json has all)",
            count(more, "more file")
        ));
    }
    if !beyond.is_empty() {
        line.push_str("; beyond it: ");
        line.push_str(&beyond.join(", "));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::Files;

    fn files(number: usize) -> std::collections::BTreeSet<String> {
        (0..number).map(|number| format!("x/{number}")).collect()
    }

    #[test]
    fn what_is_beyond_the_closure_is_named() {
        let mut observation = Observation {
            closure_paths: 3,
            untouched: ["y".to_owned()].into(),
            ..Observation::default()
        };
        assert_eq!(observed(&observation), "opened 2 of 3 paths of its closure");
        observation.beyond = Files {
            executed: files(1),
            opened: files(1),
        };
        observation.incomplete = true;
        assert_eq!(
            observed(&observation),
            "opened 2 of 3 paths of its closure (incomplete); beyond it: x/0 (executed), x/0 (opened)"
        );
    }

    #[test]
    fn no_more_is_printed_than_can_be_read() {
        let observation = Observation {
            closure_paths: 1,
            beyond: Files {
                executed: files(5),
                opened: files(5000),
            },
            ..Observation::default()
        };
        let line = observed(&observation);
        assert!(line.len() < 250, "{line}");
        assert!(
            line.ends_with(
                "x/0 (opened), x/1 (opened), x/10 (opened), 4997 more files (--format json has all)"
            ),
            "{line}"
        );
    }
}
