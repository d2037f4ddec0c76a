//! Shells, and what their scripts do.

use super::network::host;
use super::{
    Directory, Effect, Invocation, Knower, Name, Reading, SOCKETS_OF_LOG, Source, Started, Use,
};
use crate::inspect::{Call, Opened, Script, Start, read_script};

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
        let told = arguments(&invocation.words());
        let mut environment = invocation.around.environment.clone();
        // busybox finds its applets by itself.
        if (invocation.file).is_some_and(|file| file.contains("busybox")) {
            environment.set("PATH", None);
        }
        let start = Start {
            errexit: told.errexit,
            is_strict: invocation.name != "bash",
            environment: &environment,
            arguments: told.parameters,
            world: invocation.world,
        };
        let script = read_script(text, &start)
            .map_err(|reason| format!("could not be read as a shell script: {reason}"))?;
        Ok(reading(script))
    }
}

/// What the arguments of a shell ask for.
#[derive(Default)]
struct Arguments {
    /// Whether a command that fails ends the script.
    errexit: bool,
    script: Option<Source>,
    /// `$0`, `$1` and those that follow.
    parameters: Vec<Option<String>>,
}

fn arguments(words: &[Option<String>]) -> Arguments {
    let mut found = Arguments::default();
    let mut words = words.iter();
    let is_known = |word: &String| !word.contains(['$', '%']);
    let known = |word: &Option<String>| word.clone().filter(is_known);
    while let Some(Some(word)) = words.next() {
        let flags = word
            .strip_prefix(['-', '+'])
            .filter(|flags| !flags.is_empty());
        let Some(flags) = flags else {
            found.script = Some(Source::File(word.clone()));
            found.parameters = vec![known(&Some(word.clone()))];
            found.parameters.extend(words.map(known));
            break;
        };
        if flags.starts_with('-') {
            continue;
        }
        found.errexit |= flags.contains('e');
        if flags.ends_with('o') {
            let option = words.next().cloned().flatten();
            found.errexit |= option.as_deref() == Some("errexit");
        }
        if flags.contains('c') {
            found.script = words.next().cloned().flatten().map(Source::Text);
            found.parameters = words.map(known).collect();
            if found.parameters.is_empty() {
                found.parameters.push(None);
            }
            break;
        }
    }
    found
}

/// Programs that make directories, or names of such, for what comes behind them.
const FIRST: [&str; 3] = ["install", "ln", "mkdir"];

/// Programs that make files, likewise.
const MAKERS: [&str; 5] = ["cp", "mkfifo", "mv", "tee", "touch"];

/// What a script does: first what it makes.
fn reading(script: Script) -> Reading {
    let is = |call: &Call, names: &[&str]| {
        let name = call.word.rsplit('/').next().unwrap_or_default();
        names.contains(&name)
    };
    let calls = script.calls.into_iter();
    let (first, others): (Vec<_>, Vec<_>) = calls.partition(|call| is(call, &FIRST));
    let others = others.into_iter();
    let (makers, others): (Vec<_>, Vec<_>) = others.partition(|call| is(call, &MAKERS));
    let (made, read): (Vec<_>, Vec<_>) = script.opened.into_iter().partition(|it| it.is_made);
    let home = script
        .lacks_home
        .map(|line| (line, Effect::NeedsHome.perhaps()));
    let other = script.home_of.map(|(line, user)| {
        let name = Name::User(user);
        (line, Effect::looks_up(name).perhaps())
    });
    let waits = script.waits.map(|waited| {
        let effect = Effect::WaitsFor(waited.path);
        let effect = if waited.is_certain {
            effect
        } else {
            effect.perhaps()
        };
        (waited.line, effect)
    });
    let reached = script.hosts.into_iter().filter_map(|(line, text)| {
        let host = host(&text)?.to_owned();
        Some((line, Effect::Resolves(host)))
    });
    let home = home.into_iter().chain(other).chain(waits).chain(reached);
    let all = first.into_iter().map(called);
    let all = all.chain(made.into_iter().map(opened));
    let all = all.chain(makers.into_iter().map(called));
    let all = all.chain(read.into_iter().map(opened));
    let all = all.chain(others.into_iter().map(called)).chain(home);
    let (lines, effects) = all.unzip();
    Reading {
        effects,
        lines,
        tested: script.tested,
    }
}

fn opened(opened: Opened) -> (usize, Effect) {
    if !opened.is_made && SOCKETS_OF_LOG.contains(&opened.path.as_str()) {
        return (opened.line, Effect::Logs(opened.path));
    }
    let effect = Effect::File {
        path: opened.path,
        how: if opened.is_made {
            Use::Makes
        } else {
            Use::Reads
        },
        is_certain: opened.is_certain,
    };
    (opened.line, effect)
}

fn called(call: Call) -> (usize, Effect) {
    let started = Started {
        word: call.word,
        arguments: call.arguments,
        is_certain: call.is_certain,
        environment: Some(call.environment),
        directory: call.directory.map_or(Directory::Unknown, Directory::At),
        is_last: call.is_last,
        is_handled: call.is_handled,
    };
    (call.line, Effect::Starts(started))
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
            read.effects[..3],
            [
                file("/dev/null", Use::Makes),
                file("/a", Use::Reads),
                file("/t", Use::Reads).perhaps(),
            ]
        );
        let [Effect::Starts(started)] = &read.effects[3..] else {
            return Err(format!("{:?}", read.effects));
        };
        assert_eq!(started.word, "web");
        let path = started.environment.as_ref().and_then(|it| it.path());
        assert_eq!(path, Some(vec!["/b".to_owned()]));
        assert!(reading("sh", "/s", "if").is_err());
        Ok(())
    }

    #[test]
    fn the_socket_of_the_log_is_asked_for() -> Result<(), String> {
        let read = reading("sh", "-e /s", "[ -S /dev/log ]\nexec web")?;
        assert_eq!(
            read.effects.first(),
            Some(&Effect::Logs("/dev/log".to_owned()))
        );
        Ok(())
    }
}
