//! What the arguments of a call mean.

use super::line::{Line, path_of_file, string};
use super::table::{Operand, Purpose, WITH_ADDRESS, WITH_PATHS};
use super::{Address, Intent};
use crate::systemd::normalized;

/// What a call was about.
pub(in crate::observe) enum Operands {
    /// Paths, and what else tells what the call was for.
    Paths(Vec<(String, Intent)>, Option<String>),
    Address(Address),
    Words(Option<String>),
}

/// Returns what a call was about. `None` if its arguments are not those of the call.
pub(super) fn operands(line: &Line) -> Option<Operands> {
    if let Some((_, number)) = WITH_ADDRESS.iter().find(|(call, _)| *call == line.call) {
        let argument = line.arguments.get(*number)?;
        return Some(match Address::parse(argument) {
            Some(address) => Operands::Address(address),
            None => Operands::Words(words(line)),
        });
    }
    let with_paths = WITH_PATHS
        .iter()
        .find(|(names, _)| names.contains(&line.call));
    let Some((_, operands)) = with_paths else {
        return Some(Operands::Words(words(line)));
    };
    let mut paths = Vec::new();
    for operand in *operands {
        if let Some(path) = path(line, operand)? {
            paths.push((path, intent(line, operand.purpose)));
        }
    }
    Some(if paths.is_empty() {
        Operands::Words(words(line))
    } else {
        let words = (line.call == "ioctl").then(|| words(line));
        Operands::Paths(paths, words.flatten())
    })
}

/// Returns a path of a call; `None` inside if strace could not read it.
#[allow(clippy::option_option)]
fn path(line: &Line, operand: &Operand) -> Option<Option<String>> {
    let directory = match operand.directory {
        Some(number) => path_of_file(line.arguments.get(number)?),
        None => None,
    };
    let path = match operand.path {
        Some(number) => match *line.arguments.get(number)? {
            "NULL" => directory,
            argument => string(argument).map(|path| joined(directory.as_deref(), &path)),
        },
        None => directory,
    };
    // As if no directory were a symlink.
    let simple = |path: String| {
        let is_absolute = path.starts_with('/');
        if is_absolute { normalized(&path) } else { path }
    };
    Some(path.map(simple))
}

fn joined(directory: Option<&str>, path: &str) -> String {
    match directory {
        Some(directory) if path.is_empty() => directory.to_owned(),
        Some(directory) if !path.starts_with('/') => format!("{directory}/{path}"),
        _ => path.to_owned(),
    }
}

fn intent(line: &Line, purpose: Purpose) -> Intent {
    let has = |number: usize, flags: &[&str]| {
        let argument = line.arguments.get(number).copied().unwrap_or_default();
        let mut words = argument.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        words.any(|word| flags.contains(&word))
    };
    match purpose {
        Purpose::Is(intent) => intent,
        Purpose::Opens(flags) if has(flags, &["O_CREAT", "O_TMPFILE"]) => Intent::Create,
        Purpose::Opens(flags) if has(flags, &["O_WRONLY", "O_RDWR", "O_TRUNC"]) => Intent::Write,
        Purpose::Opens(flags) if has(flags, &["O_DIRECTORY"]) => Intent::Directory,
        Purpose::Checks(mode) if has(mode, &["W_OK"]) => Intent::Write,
        Purpose::Checks(mode) if has(mode, &["X_OK"]) => Intent::Execute,
        Purpose::Opens(_) | Purpose::Checks(_) => Intent::Read,
    }
}

/// The longest text of arguments that is kept, in bytes.
const MAX_WORDS: usize = 200;

/// Returns the arguments that are equal in every run: no pointers, no numbers of open files.
fn words(line: &Line) -> Option<String> {
    let is_same = |argument: &&&str| {
        let is_word = |c: char| c.is_ascii_alphanumeric() || "_|-+, []".contains(c);
        argument.chars().all(is_word) && !argument.contains("0x") && **argument != "NULL"
    };
    let words: Vec<_> = line.arguments.iter().filter(is_same).copied().collect();
    let words = words.join(", ");
    (!words.is_empty() && words.len() <= MAX_WORDS).then_some(words)
}
