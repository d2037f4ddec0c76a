//! Where interpreters have their code from, by their arguments.

use crate::inspect::{is_interpreter, unversioned, unwrapped};
use crate::store::StoreDir;

/// Interpreters whose program is a text among their arguments, or in files whose names are no matter of order.
const TEXTUAL: [&str; 9] = [
    "awk", "busybox", "erl", "gawk", "java", "mawk", "nawk", "sbcl", "toybox",
];
/// Interpreters of awk.
pub(super) const AWKS: [&str; 4] = ["awk", "gawk", "mawk", "nawk"];

/// Shells whose scripts are read.
pub(super) const SHELLS: [&str; 6] = ["ash", "bash", "dash", "ksh", "rbash", "sh"];

/// Shells whose scripts are not read.
pub(super) const UNREAD_SHELLS: [&str; 11] = [
    "csh", "elvish", "fish", "mksh", "nu", "osh", "pwsh", "tcsh", "xonsh", "yash", "zsh",
];

/// Whether the arguments of an interpreter of this name are its code.
pub(super) fn is_language(name: &str) -> bool {
    is_interpreter(name) && !TEXTUAL.contains(&plain(name))
}

/// Whether an option has a shell run a text: `-c`, `-ec`.
pub(super) fn is_text_option(word: &[u8]) -> bool {
    matches!(word, [b'-', .., b'c']) && word.len() <= 4
}

/// The code that an interpreter runs.
pub(super) enum Code {
    /// A file of the store, or a module.
    Read,
    /// A text among the arguments.
    Text(String),
    /// Something else.
    Unread(String),
}

pub(super) fn code_of(name: &str, arguments: &[Option<String>], dir: &StoreDir) -> Code {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let Some(word) = word else {
            return Code::Unread(format!(
                "an argument of {name} that is known only at run time"
            ));
        };
        let Some(option) = word.strip_prefix('-').filter(|option| !option.is_empty()) else {
            if dir.owner(word).is_some() {
                return Code::Read;
            }
            return Code::Unread(word.clone());
        };
        if option.starts_with('-') {
            continue;
        }
        if option.ends_with(['c', 'e', 'E', 'r']) && !option.starts_with(['I', 'W', 'd']) {
            return match words.next() {
                Some(Some(text)) => Code::Text(text.clone()),
                _ => Code::Unread(format!("a text of {name} that is known only at run time")),
            };
        }
        if option.starts_with('m') {
            return Code::Read;
        }
    }
    Code::Unread(format!("what {name} reads"))
}

/// The file outside of the store from which awk reads its program.
pub(super) fn program_of_awk(arguments: &[Option<String>], dir: &StoreDir) -> Option<String> {
    let mut words = arguments.iter().map(Option::as_deref);
    let options = words.by_ref();
    while let Some(Some(word)) = options.next() {
        let file = match word {
            "-f" | "--file" => options.next().flatten(),
            _ => word
                .strip_prefix("-f")
                .or_else(|| word.strip_prefix("--file=")),
        };
        match file {
            Some(file) if dir.owner(file).is_none() => return Some(file.to_owned()),
            None if matches!(word, "-f" | "--file") => {
                return Some("a file that awk is told only at run time".to_owned());
            }
            Some(_) | None => {}
        }
    }
    None
}

/// The name of an interpreter without the decoration of wrappers and without its version.
pub(super) fn plain(name: &str) -> &str {
    unversioned(unwrapped(name))
}
