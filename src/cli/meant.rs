//! What people type who know other tools, and what to type here.

use std::path::Path;

use anyhow::{Result, bail};
use clap::Command;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::source::{is_bundle_at, is_in_flake};
use crate::text::shell_word;

mod words;

use words::{MEANT, MEANT_OPTIONS, MEANT_TARGETS};

/// Returns what to type instead of a target that does not exist, if that is known.
pub fn meant_target(target: &str) -> Option<String> {
    if Path::new(target).exists() {
        return None;
    }
    if let Some(answer) = found(MEANT_TARGETS, target) {
        return Some(format!(
            "{target} is not a target: {answer} (a flake of that name is flake:{target})"
        ));
    }
    let is_unit = target.ends_with(".service") && !target.contains(['/', '#', ':']);
    is_unit.then(|| {
        let service = shell_word(target);
        format!(
            "{target} is the name of a service, not a target: name the target first, as in `confinix show TARGET {service}` or `confinix check TARGET -s {service}`"
        )
    })
}

/// Refuses to do without a target where no flake is the default. `is_enough`: whether options name the source of the services.
pub fn refuse_none(is_enough: bool) -> Result<()> {
    if is_enough || is_in_flake() {
        return Ok(());
    }
    // Where `confinix bundle` writes, if it is not told otherwise.
    let name = if is_bundle_at("confinix-bundle") {
        "name the bundle that is here, confinix-bundle"
    } else {
        "name a bundle or a flake, or use --file services.nix"
    };
    bail!("no target was given, and there is no flake.nix in this directory or above: {name}");
}

/// Returns what is wrong with a command line, and what to type instead, if that is known.
pub fn meant(error: &Error) -> Option<String> {
    match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let typed = context(error, ContextKind::InvalidSubcommand)?;
            let no_subcommand = format!("there is no subcommand {typed}");
            let answer = match found(MEANT, typed) {
                Some(answer) => answer.to_owned(),
                None if is_target(typed) => format!(
                    "name one before the target, as in `confinix show {0}`, `confinix check {0}` or `confinix browse {0}`",
                    shell_word(typed)
                ),
                None if typed.ends_with(".service") => format!(
                    "name one and the target before a service, as in `confinix show TARGET {}`",
                    shell_word(typed)
                ),
                None if error.get(ContextKind::SuggestedSubcommand).is_none() => {
                    "`confinix --help` lists them".to_owned()
                }
                None => return None,
            };
            Some(format!("{no_subcommand}: {answer}"))
        }
        ErrorKind::UnknownArgument => {
            let typed = context(error, ContextKind::InvalidArg)?;
            let name = typed.split('=').next().unwrap_or(typed);
            let is_strange =
                name.starts_with('-') && error.get(ContextKind::SuggestedArg).is_none();
            let answer = found(MEANT_OPTIONS, name)
                .or_else(|| is_strange.then_some("`--help` lists the options"))?;
            Some(format!("there is no option {name} here: {answer}"))
        }
        ErrorKind::MissingRequiredArgument => {
            let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
                return None;
            };
            let Some(ContextValue::StyledStr(usage)) = error.get(ContextKind::Usage) else {
                return None;
            };
            let usage = plain(usage.to_string().trim_start_matches("Usage: "));
            let verb = if missing.len() == 1 { "is" } else { "are" };
            let command = usage.split(' ').take(2).collect::<Vec<_>>().join(" ");
            Some(format!(
                "{} {verb} missing: type `{usage}`; `{command} --help` has examples",
                plain(&missing.join(" and "))
            ))
        }
        ErrorKind::MissingSubcommand => {
            Some("name a subcommand: `confinix --help` lists them".to_owned())
        }
        _ => None,
    }
}

/// A line of usage as people write it: `confinix why TARGET SERVICE PATTERN`.
fn plain(usage: &str) -> String {
    usage.replace("[OPTIONS] ", "").replace(['<', '>'], "")
}

fn context(error: &Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind) {
        Some(ContextValue::String(typed)) => Some(typed),
        _ => None,
    }
}

fn found(entries: &[(&[&str], &'static str)], typed: &str) -> Option<&'static str> {
    let mut entries = entries.iter();
    let (_, answer) = entries.find(|(words, _)| words.contains(&typed))?;
    Some(answer)
}

/// Whether a word looks like a target: something that exists, or the reference of a flake.
fn is_target(typed: &str) -> bool {
    typed.contains('#') || typed.starts_with(['.', '/']) || Path::new(typed).exists()
}

/// Removes hidden subcommands from clap's suggestions.
pub fn without_hidden(error: &mut Error, command: &Command) {
    let Some(ContextValue::Strings(suggested)) = error.remove(ContextKind::SuggestedSubcommand)
    else {
        return;
    };
    let is_shown = |name: &String| {
        let found = command.find_subcommand(name);
        found.is_some_and(|found| !found.is_hide_set())
    };
    let shown: Vec<_> = suggested.into_iter().filter(is_shown).collect();
    if !shown.is_empty() {
        error.insert(
            ContextKind::SuggestedSubcommand,
            ContextValue::Strings(shown),
        );
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::super::Cli;
    use super::*;

    #[test]
    fn what_is_proposed_exists_and_what_is_not_understood_does_not() {
        let command = Cli::command();
        for (words, answer) in MEANT.iter().chain(MEANT_OPTIONS).chain(MEANT_TARGETS) {
            for word in *words {
                assert!(command.find_subcommand(word).is_none(), "{word} exists");
            }
            let named = answer.split("`confinix ").skip(1);
            for name in named.filter_map(|rest| rest.split([' ', '`']).next()) {
                let found = command.find_subcommand(name);
                assert!(
                    found.is_some_and(|found| !found.is_hide_set()),
                    "{name} does not exist"
                );
            }
        }
    }
}
