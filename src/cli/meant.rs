//! What people type who know other tools, and what to type here.

use std::path::Path;

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::text::shell_word;

/// Words that are no subcommands, and what does that.
const MEANT: &[(&[&str], &str)] = &[
    (
        &["list", "ls", "info", "tree", "size", "du"],
        "`confinix show TARGET` lists services with the size of their closures, `confinix show TARGET SERVICE` the paths of one, `confinix browse TARGET` lets you walk through them",
    ),
    (
        &[
            "search",
            "find",
            "why-depends",
            "graph",
            "dot",
            "blame",
            "critical-chain",
            "path",
        ],
        "`confinix why TARGET SERVICE PATTERN` shows through which option and which references a service sees a store path",
    ),
    (
        &["build", "make", "generate", "render", "eval"],
        "`confinix bundle` makes a bundle; `confinix services` only evaluates the services",
    ),
    (
        &["lint", "scan", "security", "deny", "policy", "analyze"],
        "`confinix audit TARGET` applies the policy, `confinix check TARGET` reports what will not work",
    ),
    (
        &["test", "run", "try", "start", "vm", "dry-run"],
        "`confinix rehearse TARGET` starts the services in a throwaway systemd, `confinix enter TARGET SERVICE` runs a command in the root of one",
    ),
    (
        &["shell", "exec", "develop", "chroot", "attach"],
        "`confinix enter TARGET SERVICE` runs a shell in the root of a service",
    ),
    (
        &["compare", "diff-closures", "changes"],
        "`confinix diff OLD NEW` compares two bundles",
    ),
    (
        &["tui", "ui", "top", "interactive", "explore", "view"],
        "`confinix browse TARGET` shows services on a terminal, `confinix report TARGET` as an HTML page",
    ),
    (
        &["html", "page", "serve", "export"],
        "`confinix report TARGET` writes an HTML page, and most commands take `--format json`",
    ),
    (
        &["trace", "record", "watch", "monitor", "learn"],
        "`confinix observe TARGET SERVICE` records what a running service opens, `confinix rehearse TARGET` what services need to start",
    ),
    (
        &["fleet", "hosts", "hive", "eval-jobs"],
        "bundle, audit, check, show, why, browse, report, sbom and diff take a set of hosts as TARGET, such as `confinix audit .#nixosConfigurations`",
    ),
    (
        &["config", "settings", "cat", "cat-config"],
        "`confinix show TARGET SERVICE` prints the settings of a service, `confinix init` writes an initial policy",
    ),
    (
        &[
            "os",
            "home",
            "switch",
            "boot",
            "deploy",
            "apply",
            "activate",
            "rollback",
            "uninstall",
            "upgrade",
            "clean",
            "gc",
        ],
        "on NixOS, `nixos-rebuild` deploys what the module confines; elsewhere, `confinix install TARGET` installs services with their confinement, with --dry-run, --list, --rollback and --uninstall",
    ),
    (
        &[
            "licenses",
            "bans",
            "advisories",
            "sources",
            "bom",
            "vex",
            "cve",
        ],
        "`confinix sbom TARGET` writes a bill of materials and tells which services advisories are about, `confinix audit TARGET` denies packages",
    ),
    (&["version"], "the option --version prints it"),
    (
        &["codes", "rules", "lints", "findings"],
        "`confinix explain` lists the codes of findings",
    ),
];

/// Options of other tools, and what does that.
const MEANT_OPTIONS: &[(&[&str], &str)] = &[
    (
        &[
            "--export-json",
            "--output-format",
            "--export-markdown",
            "--message-format",
            "--report",
        ],
        "`--format json` prints JSON, and `--format json=FILE` also writes it to a file; --help lists the formats of each subcommand",
    ),
    (
        &["--threshold", "--max-exposure"],
        "`confinix audit --exposure LEVEL` reports services above that exposure level",
    ),
    (
        &["--hostname", "--host", "-H"],
        "name the host in the target, as in `.#nixosConfigurations.HOST` or `.#HOST`; `--hosts GLOB` selects among several",
    ),
    (
        &["--service", "--unit", "--only", "--filter", "--package"],
        "`-s NAME` selects services",
    ),
    (
        &["--derivation", "--store-path"],
        "confinix looks at services: the target is a bundle, or a flake or file with services",
    ),
    (
        &["--dry", "--dry-run", "--ask"],
        "no subcommand but `confinix install` changes the system, and that has --dry-run; `confinix diff OLD NEW` shows what changes",
    ),
];

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
                None => return None,
            };
            Some(format!("{no_subcommand}: {answer}"))
        }
        ErrorKind::UnknownArgument => {
            let typed = context(error, ContextKind::InvalidArg)?;
            let name = typed.split('=').next().unwrap_or(typed);
            let answer = found(MEANT_OPTIONS, name)?;
            Some(format!("there is no option {name} here: {answer}"))
        }
        _ => None,
    }
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
        for (words, answer) in MEANT.iter().chain(MEANT_OPTIONS) {
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
