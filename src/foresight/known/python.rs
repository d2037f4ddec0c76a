//! Python: the files that a script opens by a name that is written out.

use super::{Effect, Invocation, Knower, Reading, Source, Use};

pub(super) struct Python;

impl Knower for Python {
    fn knows(&self, name: &str) -> bool {
        name == "python3"
    }

    /// Options change what the first word is (`-m`, `-c`), so a script is known only without them.
    fn effects(&self, invocation: &Invocation) -> Vec<Effect> {
        match invocation.arguments.first() {
            Some(Some(script)) if !script.starts_with('-') => vec![Effect::Runs {
                script: Source::File(script.clone()),
                by: "python3",
            }],
            _ => Vec::new(),
        }
    }

    fn read(&self, _invocation: &Invocation, text: &str) -> Result<Reading, String> {
        let lines = text.lines().map(str::trim_start);
        let effects = lines.filter(|line| !line.starts_with('#')).flat_map(opened);
        Ok(Reading {
            effects: effects.collect(),
            ..Reading::default()
        })
    }
}

/// The files that a line reads by `open("PATH")`. A condition around it may keep the line from running.
fn opened(line: &str) -> impl Iterator<Item = Effect> {
    let calls = line.split("open(\"").skip(1);
    let paths = calls.filter_map(|rest| {
        let (path, rest) = rest.split_once('"')?;
        (path.starts_with('/') && rest.starts_with(')')).then_some(path)
    });
    paths.map(|path| Effect::File {
        path: path.to_owned(),
        how: Use::Reads,
        is_certain: false,
    })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{effects, reading};
    use super::*;

    #[test]
    fn what_a_script_opens_is_read() {
        let script = "a = open(\"/etc/a\").read()\n# open(\"/no\")\nopen(\"/w\", \"w\")";
        let read = Effect::File {
            path: "/etc/a".to_owned(),
            how: Use::Reads,
            is_certain: false,
        };
        let found = reading("python3", "/web.py", script).map(|reading| reading.effects);
        assert_eq!(found, Ok(vec![read]));
    }

    #[test]
    fn only_a_script_is_known() {
        assert_eq!(effects("python3", "/web.py --port 1").len(), 1);
        assert_eq!(effects("python3", "-m http.server"), []);
    }
}
