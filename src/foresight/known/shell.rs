//! Shells, and what their scripts do.

use std::sync::Arc;

use super::{Effect, Invocation, Knower, Reading, Source, Started, Use};
use crate::inspect::{Environment, Script, read_script};

pub(super) struct Shell;

impl Knower for Shell {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "ash" | "bash" | "dash" | "sh")
    }

    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        let script = arguments(&invocation.words()).script;
        let runs = script.map(|script| Effect::Runs {
            script,
            by: "a shell".to_owned(),
        });
        runs.into_iter().collect()
    }

    fn read(&self, invocation: &Invocation, text: &str) -> Result<Reading, String> {
        let errexit = arguments(&invocation.words()).errexit;
        let script = read_script(text, errexit, invocation.tests)
            .map_err(|reason| format!("could not be read as a shell script: {reason}"))?;
        // busybox finds its applets by itself.
        let is_busybox = (invocation.file).is_some_and(|file| file.contains("busybox"));
        Ok(reading(script, invocation.around.environment, is_busybox))
    }
}

/// What the arguments of a shell ask for.
#[derive(Default)]
struct Arguments {
    /// Whether a command that fails ends the script.
    errexit: bool,
    script: Option<Source>,
}

fn arguments(words: &[Option<String>]) -> Arguments {
    let mut found = Arguments::default();
    let mut words = words.iter();
    while let Some(Some(word)) = words.next() {
        let Some(flags) = word.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            found.script = Some(Source::File(word.clone()));
            break;
        };
        if flags.starts_with('-') {
            continue;
        }
        found.errexit |= flags.contains('e');
        if flags.contains('c') {
            found.script = words.next().cloned().flatten().map(Source::Text);
            break;
        }
    }
    found
}

/// What a script does. `is_open`: whether its commands may be found otherwise than on `PATH`.
fn reading(script: Script, environment: &Environment, is_open: bool) -> Reading {
    let mut own = environment.clone();
    let is_open = is_open || script.is_open;
    if is_open || script.replaces_path || !script.path.is_empty() {
        let mut path = script.path;
        if !script.replaces_path {
            path.extend(environment.path().unwrap_or_default());
        }
        let is_known = !is_open && (script.replaces_path || environment.path().is_some());
        own.set("PATH", is_known.then(|| path.join(":")));
    }
    let own = Arc::new(own);
    let lines = script.opened.iter().map(|opened| opened.line);
    let lines = lines.chain(script.calls.iter().map(|call| call.line));
    let lines = lines.collect();
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
            environment: Some(own.clone()),
        })
    });
    Reading {
        effects: opened.chain(calls).collect(),
        lines,
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
                by: "a shell".to_owned(),
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
        let [Effect::Starts(started)] = &read.effects[2..] else {
            return Err(format!("{:?}", read.effects));
        };
        assert_eq!(started.word, "web");
        let path = started.environment.as_ref().and_then(|it| it.path());
        assert_eq!(path, Some(vec!["/b".to_owned()]));
        assert!(reading("sh", "/s", "if").is_err());
        Ok(())
    }
}
