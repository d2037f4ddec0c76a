//! Bash takes words apart at `:` and `=`, so `host:service` reaches its completions as three words.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::Path;

use clap::Command;
use clap_complete::engine;
use clap_complete::env::EnvCompleter;

/// Where bash takes words apart (`COMP_WORDBREAKS`), besides characters that words of confinix don't have.
const BREAKS: [u8; 2] = [b':', b'='];

/// What bash sources. `$2` is the word up to the cursor, but empty behind a break.
const SCRIPT: &str = r#"_confinix() {
    local IFS=$'\n' last=${COMP_WORDS[COMP_CWORD]}
    [[ $last == [:=]* ]] || last=$2
    COMPREPLY=($(VARIABLE=bash COMPLETER -- "${COMP_WORDS[@]:0:COMP_CWORD}" "$last" 2>/dev/null))
    [[ ${COMPREPLY-} != *[=/:] ]] || compopt -o nospace
}
complete -o bashdefault -o nosort -F _confinix BINARY
"#;

/// Completions for bash.
pub struct Bash;

impl EnvCompleter for Bash {
    fn name(&self) -> &'static str {
        "bash"
    }

    fn is(&self, name: &str) -> bool {
        name == self.name()
    }

    fn write_registration(
        &self,
        variable: &str,
        _name: &str,
        binary: &str,
        completer: &str,
        script: &mut dyn Write,
    ) -> io::Result<()> {
        let text = SCRIPT
            .replace("VARIABLE", variable)
            .replace("COMPLETER", completer)
            .replace("BINARY", binary);
        script.write_all(text.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        parts: Vec<OsString>,
        directory: Option<&Path>,
        answer: &mut dyn Write,
    ) -> io::Result<()> {
        let (words, kept) = joined(parts);
        let last = words.len().saturating_sub(1);
        for candidate in engine::complete(command, words, last, directory)? {
            // Bash keeps what comes before the last break.
            let value = candidate.get_value().as_encoded_bytes();
            answer.write_all(value.get(kept..).unwrap_or_default())?;
            answer.write_all(b"\n")?;
        }
        Ok(())
    }
}

/// The words of the line in whole, and how many bytes of the last one come before what bash completes.
fn joined(parts: Vec<OsString>) -> (Vec<OsString>, usize) {
    let mut words: Vec<OsString> = Vec::new();
    let (mut kept, mut is_open) = (0, false);
    for part in parts {
        let bytes = part.as_encoded_bytes();
        let is_break = !bytes.is_empty() && bytes.iter().all(|byte| BREAKS.contains(byte));
        match words.last_mut() {
            Some(word) if is_break || is_open => {
                kept = word.len() + if is_break { bytes.len() } else { 0 };
                word.push(&part);
            }
            _ => {
                kept = 0;
                words.push(part);
            }
        }
        is_open = is_break;
    }
    (words, kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_joined_where_bash_takes_them_apart() {
        for (parts, words, kept) in [
            (&["c", "why", ""][..], &["c", "why", ""][..], 0),
            (&["c", "web1", ":", "w"], &["c", "web1:w"], 5),
            (&["c", "web1", ":"], &["c", "web1:"], 5),
            (
                &["c", "--select", "=", "a", ":", "b"],
                &["c", "--select=a:b"],
                11,
            ),
            (
                &["c", "--select", "=", "a", "b"],
                &["c", "--select=a", "b"],
                0,
            ),
            (&["a", "::", "b"], &["a::b"], 3),
            (&[], &[], 0),
        ] {
            let parts = parts.iter().map(OsString::from).collect();
            assert_eq!(
                joined(parts),
                (words.iter().map(OsString::from).collect(), kept)
            );
        }
    }
}
