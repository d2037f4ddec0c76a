//! What people type who know other tools, and what to type here.

use clap::Command;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

/// Words that are no subcommands, and what does that.
const MEANT: &[(&[&str], &str)] = &[
    (
        &["list", "ls", "info", "tree", "size", "du"],
        "`confinix show TARGET` lists services with the size of their closures, `confinix show TARGET SERVICE` the paths of one",
    ),
    (
        &["search", "find", "why-depends", "graph", "blame", "path"],
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
        &["html", "page", "serve", "browse", "view", "export"],
        "`confinix report TARGET` writes an HTML page, and most commands take `--format json`",
    ),
    (
        &["trace", "record", "watch", "monitor", "learn"],
        "`confinix observe TARGET SERVICE` records what a running service opens, `confinix rehearse TARGET` what services need to start",
    ),
    (
        &["fleet", "hosts", "hive", "eval-jobs"],
        "bundle, audit, check, show, why and diff take a set of hosts as TARGET, such as `confinix audit .#nixosConfigurations`",
    ),
    (
        &["config", "settings", "cat", "cat-config"],
        "`confinix show TARGET SERVICE` prints the settings of a service, `confinix init` writes an initial policy",
    ),
    (
        &["codes", "rules", "lints", "findings"],
        "`confinix explain` lists the codes of findings",
    ),
];

/// Returns what to type in place of an unknown subcommand, if that is known.
pub fn meant(error: &Error) -> Option<(&str, &'static str)> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else {
        return None;
    };
    let mut entries = MEANT.iter();
    let (_, answer) = entries.find(|(words, _)| words.contains(&typed.as_str()))?;
    Some((typed, answer))
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
        for (words, answer) in MEANT {
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
