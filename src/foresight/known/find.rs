//! find, which starts programs for what it finds.

use super::{Effect, Invocation, Knower, Started};

pub(super) struct Find;

impl Knower for Find {
    fn knows(&self, name: &str) -> bool {
        name == "find"
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let mut all = Vec::new();
        let mut words = invocation.arguments.iter();
        while let Some(word) = words.next() {
            let starts = matches!(
                word.as_deref(),
                Some("-exec" | "-execdir" | "-ok" | "-okdir")
            );
            if !starts {
                continue;
            }
            let mut arguments = words.clone().take_while(|word| !ends(word.as_deref()));
            if let Some(Some(program)) = arguments.next() {
                // Of the files nothing is known, or whether there is one.
                let is_file = |word: &String| word.contains("{}");
                let arguments = arguments.map(|word| word.clone().filter(|word| !is_file(word)));
                all.push(Effect::Starts(Started {
                    is_certain: false,
                    ..Started::new(program, arguments.collect())
                }));
            }
        }
        all
    }
}

fn ends(word: Option<&str>) -> bool {
    matches!(word, Some(";" | "+" | r"\;"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::effects;
    use super::*;

    #[test]
    fn programs_are_started_for_files() {
        let found = effects("find", "/a -exec b {} -x ; -ok c + -print");
        let words = found.iter().map(|effect| match effect {
            Effect::Starts(started) => (started.word.as_str(), started.arguments.clone()),
            _ => ("", Vec::new()),
        });
        let expected = [("b", vec![None, Some("-x".to_owned())]), ("c", vec![])];
        assert!(words.eq(expected), "{found:?}");
    }
}
