//! Shells, and what their scripts do.

use std::sync::Arc;

use super::{Effect, Invocation, Knower, Reading, SearchPath, Source, Started, Use};
use crate::inspect::{Script, read_script};

pub(super) struct Shell;

impl Knower for Shell {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "ash" | "bash" | "dash" | "sh")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let script = arguments(invocation.written).script;
        let runs = script.map(|script| Effect::Runs {
            script,
            by: "a shell",
        });
        runs.into_iter().collect()
    }

    fn read(&self, invocation: &Invocation, text: &str) -> Result<Reading, String> {
        let errexit = arguments(invocation.written).errexit;
        let script = read_script(text, errexit, invocation.tests)
            .map_err(|reason| format!("could not be read as a shell script: {reason}"))?;
        // busybox finds its applets by itself.
        let is_busybox = (invocation.file).is_some_and(|file| file.contains("busybox"));
        Ok(reading(script, is_busybox))
    }
}

/// What the arguments of a shell ask for.
#[derive(Default)]
struct Arguments {
    /// Whether a command that fails ends the script.
    errexit: bool,
    script: Option<Source>,
}

fn arguments(words: &[String]) -> Arguments {
    let mut found = Arguments::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(flags) = word.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            found.script = Some(Source::File(word.clone()));
            break;
        };
        if flags.starts_with('-') {
            continue;
        }
        found.errexit |= flags.contains('e');
        if flags.contains('c') {
            found.script = words.next().map(|text| Source::Text(text.clone()));
            break;
        }
    }
    found
}

/// What a script does. `is_open`: whether its commands may be found otherwise than on `PATH`.
fn reading(script: Script, is_open: bool) -> Reading {
    let search = Arc::new(SearchPath {
        added: script.path,
        replaces: script.replaces_path,
        is_open: script.is_open || is_open,
    });
    let opened = script.opened.into_iter().map(|opened| Effect::File {
        path: opened.path,
        how: if opened.is_made {
            Use::Makes
        } else {
            Use::Reads
        },
        is_certain: opened.is_certain,
    });
    let calls = script.calls.into_iter().map(|call| {
        Effect::Starts(Started {
            word: call.word,
            arguments: call.arguments,
            is_certain: call.is_certain,
            search: Some(search.clone()),
        })
    });
    Reading {
        effects: opened.chain(calls).collect(),
        tested: script.tested,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, file, reading};
    use super::*;

    #[test]
    fn the_script_is_among_the_arguments() {
        let runs = |script| {
            [Effect::Runs {
                script,
                by: "a shell",
            }]
        };
        assert_eq!(effects("sh", "-e /a b"), runs(Source::File("/a".into())));
        assert_eq!(
            effects("bash", "--norc -ec web"),
            runs(Source::Text("web".into()))
        );
        assert_eq!(effects("sh", "-c"), []);
    }

    #[test]
    fn scripts_start_programs_and_open_files() -> Result<(), String> {
        let read = reading("sh", "-e /s", "PATH=/b; [ -e /t ]; web </a >/dev/null")?;
        assert!(read.tested.contains("/t"));
        assert_eq!(
            read.effects[..2],
            [file("/a", Use::Reads), file("/dev/null", Use::Makes)]
        );
        let started = Started {
            word: "web".to_owned(),
            arguments: Vec::new(),
            is_certain: true,
            search: Some(Arc::new(SearchPath {
                added: vec!["/b".to_owned()],
                replaces: true,
                is_open: false,
            })),
        };
        assert_eq!(read.effects[2..], [Effect::Starts(started)]);
        assert!(reading("sh", "/s", "if").is_err());
        Ok(())
    }
}
